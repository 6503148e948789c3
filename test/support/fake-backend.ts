import type { Command, CommandBackend, CommandExit, CommandIo } from '../../src/engine/index.ts'

/** How a fake command goes. */
export type FakeCommand = (command: Command, io: CommandIo) => Promise<CommandExit>

/** The smallest backend: the five required members, files in memory, and commands as the test writes them. */
export class FakeBackend implements CommandBackend {
  readonly name = 'fake'
  readonly files = new Map<string, Uint8Array>()
  readonly commands: Command[] = []
  command: FakeCommand

  constructor(command: FakeCommand = async () => ({ kind: 'exited', exitCode: 0 })) {
    this.command = command
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    this.commands.push(command)
    return this.command(command, io)
  }

  async readFile(path: string): Promise<Uint8Array> {
    const content = this.files.get(path)
    if (content === undefined) throw new Error(`no ${path}`)
    return content
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    this.files.set(path, content)
  }
}

import { CodeExecutorError } from '../core/index.ts'
import type { Command, CommandBackend, CommandExit, CommandIo } from './command-backend.ts'
import { messageOf } from './lifecycle.ts'

const EXIT_KINDS: ReadonlySet<string> = new Set<CommandExit['kind']>([
  'exited',
  'signaled',
  'out-of-memory',
  'too-many-processes',
  'out-of-disk',
])

/**
 * A backend with every member there: the optional ones get their defaults, and what goes wrong inside becomes a coded
 * error instead of whatever the backend threw.
 */
export class CommandPlace {
  readonly #backend: CommandBackend

  constructor(backend: CommandBackend) {
    this.#backend = backend
  }

  async run(command: Command, io: CommandIo): Promise<CommandExit> {
    const exit = await this.#guard('running a command', io.signal, () => this.#backend.runCommand(command, io))
    if (!isExit(exit)) {
      const promise = 'runCommand resolves to a CommandExit'
      throw new CodeExecutorError(
        'PROTOCOL_VIOLATION',
        `The ${this.#backend.name} backend broke its contract: ${promise}, but got ${JSON.stringify(exit)}.`,
        {
          executor: this.#backend.name,
          promise,
        },
      )
    }
    return exit
  }

  async writeFiles(files: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<void> {
    await this.#guard('writing files', signal, async () => {
      if (this.#backend.writeFiles) return this.#backend.writeFiles(files)
      for (const [path, content] of files) await this.#backend.writeFile(path, content)
    })
  }

  async makeDirectory(path: string, signal: AbortSignal): Promise<void> {
    await this.#guard('making a directory', signal, async () => {
      if (this.#backend.makeDirectory) return this.#backend.makeDirectory(path)
      await this.#mustSucceed(['mkdir', '-p', '--', path], signal)
    })
  }

  /** Removes paths; heeds no signal, since it is what happens after one. */
  async remove(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return
    await this.#guard('removing files', undefined, async () => {
      if (this.#backend.remove) return this.#backend.remove(paths)
      await this.#mustSucceed(['rm', '-rf', '--', ...paths], new AbortController().signal)
    })
  }

  async findProgram(name: string, signal: AbortSignal): Promise<string | undefined> {
    return this.#guard('looking for a program', signal, async () => {
      if (this.#backend.findProgram) return this.#backend.findProgram(name)
      let found = ''
      const decoder = new TextDecoder()
      const onOutput = (chunk: Uint8Array): void => void (found += decoder.decode(chunk, { stream: true }))
      const exit = await this.#backend.runCommand(
        { argv: ['/bin/sh', '-c', 'command -v -- "$1"', 'find', name], env: {} },
        { onOutput, onError: () => {}, signal },
      )
      return exit.kind === 'exited' && exit.exitCode === 0 ? found.trim() : undefined
    })
  }

  async #mustSucceed(argv: Command['argv'], signal: AbortSignal): Promise<void> {
    let said = ''
    const listen = (chunk: Uint8Array): void => void (said += Buffer.from(chunk).toString('utf8'))
    const exit = await this.#backend.runCommand({ argv, env: {} }, { onOutput: listen, onError: listen, signal })
    if (exit.kind !== 'exited' || exit.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${said.trim() || exit.kind}`)
  }

  async #guard<T>(what: string, signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (cause) {
      if (CodeExecutorError.is(cause)) throw cause
      if (signal?.aborted) throw signal.reason
      const { name } = this.#backend
      throw new CodeExecutorError(
        'BACKEND_LOST',
        `The ${name} executor failed while ${what}: ${messageOf(cause)}`,
        { executor: name },
        { cause },
      )
    }
  }
}

function isExit(exit: unknown): exit is CommandExit {
  if (typeof exit !== 'object' || exit === null || !('kind' in exit) || !EXIT_KINDS.has(String(exit.kind))) return false
  return exit.kind !== 'exited' || ('exitCode' in exit && Number.isInteger(exit.exitCode))
}

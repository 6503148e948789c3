import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { CodeExecutorError } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import type { CommandLine } from '../../languages/index.ts'
import { closeDescriptors, type PipeReader, type PipeStock } from './output-pipes.ts'
import type { Leader, ProcessScope } from '../../engine/host/process-scope.ts'
import { isShellName, LINE_BREAK_SETUP, quote, quoteLiterally } from '../../engine/index.ts'

/** How the system says that a program ended. */
export interface ProcessExit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** What a prepared shell becomes. */
export interface Launch {
  readonly argv: CommandLine
  readonly env: Readonly<Record<string, string>>
  /** A file with the standard input; end of file at once when absent. */
  readonly stdinPath?: string
}

/** What is settled before the command is known. */
export interface ShellSetup {
  readonly scope: ProcessScope
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Shell commands that set resource limits. */
  readonly limitCommands: readonly string[]
  readonly pipes: PipeStock
  /** The command line of a sandbox that waits for the line in the shell's place, and reports on the program. */
  readonly sandbox: CommandLine | undefined
}

/**
 * A shell that has already entered its scope, taken its limits and opened its pipes, and waits for one line that says
 * which program to become. What is slow (entering a cgroup waits for the kernel, 10 ms and more) is done before it
 * is needed, and the program is this very process, so its exit status is exact.
 */
export class PreparedShell {
  readonly scope: ProcessScope
  readonly output: PipeReader
  readonly error: PipeReader
  readonly exited: Promise<ProcessExit>
  readonly #child: ChildProcess
  /** Variables that the shell itself must not see. */
  readonly #forProgram: Readonly<Record<string, string>>
  readonly #supervises: boolean
  readonly #directoryInode: number | undefined
  readonly #control: Socket
  #report = ''
  #reaped = false

  private constructor(
    child: ChildProcess,
    scope: ProcessScope,
    output: PipeReader,
    error: PipeReader,
    forProgram: Readonly<Record<string, string>>,
    supervises: boolean,
    directoryInode: number | undefined,
  ) {
    this.scope = scope
    this.#forProgram = forProgram
    this.#supervises = supervises
    this.#directoryInode = directoryInode
    this.output = output
    this.error = error
    this.#child = child
    this.#control = child.stdio[3] as Socket
    this.exited = new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => {
        this.#reaped = true
        resolve({ exitCode, signal })
      })
    })
    this.#control.setEncoding('utf8').on('data', (text: string) => (this.#report += text))
    this.#control.on('error', () => {}) // the shell is gone; its exit says so
  }

  /** Starts a shell and waits until it is ready. @throws `BACKEND_REJECTED` with what the system said */
  static async start({ scope, cwd, env, limitCommands, pipes, sandbox }: ShellSetup): Promise<PreparedShell> {
    const output = await pipes.take()
    const error = await pipes.take()
    const wait = sandbox
      ? [`exec ${sandbox.map(quoteLiterally).join(' ')}`]
      : [LINE_BREAK_SETUP, 'echo ready >&3', 'IFS= read -r polyrun_line <&3', 'eval "$polyrun_line"']
    const script = [...scope.entry, ...limitCommands, ...wait].join(' && ')
    const [forShell, forProgram] = splitEnvironment(env)
    try {
      const child = spawn('/bin/sh', ['-c', script], {
        cwd,
        env: { ...forShell, ...scope.env },
        detached: true, // a session and a process group of its own
        stdio: ['ignore', output.writeDescriptor, error.writeDescriptor, 'pipe'],
      })
      await once(child, 'spawn')
      const shell = new PreparedShell(child, scope, output.reader, error.reader, forProgram, sandbox !== undefined, inodeOf(cwd))
      closeDescriptors(output.writeDescriptor, error.writeDescriptor)
      await shell.#untilReady()
      return shell
    } catch (cause) {
      if (CodeExecutorError.is(cause)) throw cause
      closeDescriptors(output.writeDescriptor, error.writeDescriptor)
      output.reader.close()
      error.reader.close()
      await scope.release()
      throw rejected(messageOf(cause), { cause })
    }
  }

  /** Whether the directory of that path is still the one in which this shell stands. */
  isIn(directory: string): boolean {
    return inodeOf(directory) === this.#directoryInode
  }

  get leader(): Leader {
    return { pid: this.#child.pid ?? 0, reaped: this.#reaped, supervises: this.#supervises }
  }

  /** What the program reported over the control channel, complete once it has ended. */
  async report(): Promise<string> {
    if (!this.#control.destroyed && !this.#control.readableEnded) await new Promise((resolve) => this.#control.once('close', resolve))
    return this.#report
  }

  /** Becomes the program. */
  launch({ argv, env, stdinPath }: Launch): void {
    this.#child.ref()
    const [forShell, forProgram] = splitEnvironment({ ...this.#forProgram, ...env })
    const others = Object.entries(forProgram).map(([name, value]) => `${name}=${value}`)
    const words = [...(others.length > 0 ? ['/usr/bin/env', '--', ...others] : []), ...argv]
    const line = [
      ...Object.entries(forShell).map(([name, value]) => `export ${name}=${quote(value)}`),
      `exec ${words.map(quote).join(' ')}${stdinPath === undefined ? '' : ` <${quote(stdinPath)}`}${this.#supervises ? '' : ' 3>&-'}`,
    ].join(' && ')
    this.#control.write(`${line}\n`)
  }

  /** Ends whatever runs in it and removes what held it. */
  async dispose(): Promise<void> {
    this.#child.ref() // whoever waits for its end must not see the process end first
    await this.scope.kill(this.leader)
    await this.exited
    await this.release()
  }

  /** Removes what held it; nothing runs in it any more. */
  async release(): Promise<void> {
    this.output.close()
    this.error.close()
    this.#control.destroy()
    await this.scope.release()
  }

  /** Lets what runs in it live on; its output goes nowhere from now on, and nothing of it keeps this process alive. */
  leaveInBackground(): void {
    this.output.discard()
    this.error.discard()
  }

  async #untilReady(): Promise<void> {
    let complaint = ''
    this.error.listen((chunk) => (complaint += Buffer.from(chunk).toString('utf8')))
    while (!this.#report.startsWith('ready\n')) {
      const early = await Promise.race([
        new Promise<undefined>((resolve) => this.#control.once('data', () => resolve(undefined))),
        this.exited,
      ])
      if (early === undefined) continue
      await this.error.closed
      await this.release()
      throw rejected(complaint.trim() || `the shell ended with ${early.exitCode ?? early.signal}`)
    }
    this.#report = this.#report.slice('ready\n'.length)
    // Nothing of a waiting shell may keep this process alive; when we go, its input ends and so does it.
    this.error.discard()
    this.#child.unref()
    this.#control.unref()
  }
}

/**
 * Variables that a shell may have, and those that it drops because it could not set them, or keeps for itself; env(1)
 * hands these on.
 */
function splitEnvironment(env: Readonly<Record<string, string>>): [forShell: Record<string, string>, forProgram: Record<string, string>] {
  const isForShell = ([name]: [string, string]): boolean => isShellName(name)
  const entries = Object.entries(env)
  return [Object.fromEntries(entries.filter(isForShell)), Object.fromEntries(entries.filter((entry) => !isForShell(entry)))]
}

function inodeOf(directory: string): number | undefined {
  return statSync(directory, { throwIfNoEntry: false })?.ino
}

function rejected(reason: string, options?: ErrorOptions): CodeExecutorError<'BACKEND_REJECTED'> {
  return new CodeExecutorError('BACKEND_REJECTED', `The system did not start a program: ${reason}.`, { executor: 'local', reason }, options)
}

import { inspect } from 'node:util'
import { CodeExecutorError } from '../core/index.ts'
import type {
  Command,
  CommandBackend,
  CommandExit,
  CommandIo,
  ProgramRun,
  WholeProgram,
  WholeProgramExit,
  WholeProgramIo,
} from './command-backend.ts'
import { isErrno, type SameNames } from '../workspace/index.ts'
import { messageOf } from './lifecycle.ts'

/** What each kind of exit has to come with. */
const EVIDENCE = new Map<unknown, (exit: Readonly<Record<string, unknown>>) => boolean>(
  Object.entries({
    exited: ({ exitCode }) => Number.isInteger(exitCode),
    signaled: ({ signal }) => typeof signal === 'string' && signal !== '',
    'out-of-memory': ({ limitBytes }) => Number.isFinite(limitBytes),
    'too-many-processes': ({ limit }) => Number.isFinite(limit),
    'out-of-disk': ({ limitBytes }) => Number.isFinite(limitBytes),
  } satisfies Record<CommandExit['kind'], (exit: Readonly<Record<string, unknown>>) => boolean>),
)

/** What `command -v` finds, if it is a file that can be run: some shells take a directory for a program. */
const FIND_PROGRAM = 'found=$(command -v -- "$1") && [ -f "$found" ] && [ -x "$found" ] && printf %s "$found"'

/** Refusals of a system that come again when the same is asked again. */
const REFUSALS = ['E2BIG', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'EROFS']

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
    return this.#checked(await this.#guard('running a command', io.signal, () => this.#backend.runCommand(command, io)))
  }

  /** Writes files, runs a command and removes what was there for it alone. */
  async runProgram(program: ProgramRun, io: CommandIo): Promise<CommandExit> {
    const backend = this.#backend
    if (backend.runProgram !== undefined) {
      return this.#checked(await this.#guard('running a program', io.signal, async () => backend.runProgram?.(program, io)))
    }
    try {
      await this.writeFiles(program.files, io.signal)
      io.signal.throwIfAborted()
      return await this.run(program.command, io)
    } finally {
      await this.remove(program.temporary)
    }
  }

  /** How programs at once get along that bring a file of the same name. */
  get sameNames(): SameNames {
    return this.#backend.sameNames ?? 'turns'
  }

  /** Whether the place runs whole programs, and is to be asked for nothing less. */
  get runsWhole(): boolean {
    return this.#backend.runWhole !== undefined
  }

  /** Holds that the place will take a whole program. @throws a coded error */
  assertTakes(program: WholeProgram): void {
    this.#backend.assertTakes?.(program)
  }

  /** Runs a whole program. For places that do. */
  async runWhole(program: WholeProgram, io: WholeProgramIo): Promise<WholeProgramExit> {
    const exit = await this.#guard('running a program', io.signal, async () => this.#backend.runWhole?.(program, io))
    return exit?.kind === 'no-way' || exit?.kind === 'timed-out' ? exit : this.#checked(exit)
  }

  #checked(exit: CommandExit | undefined): CommandExit {
    if (!isExit(exit)) {
      const promise = 'runCommand resolves to a CommandExit'
      throw new CodeExecutorError(
        'PROTOCOL_VIOLATION',
        `The ${this.#backend.name} backend broke its contract: ${promise}, but got ${inspect(exit, { depth: 1 })}.`,
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
        { argv: ['/bin/sh', '-c', FIND_PROGRAM, 'find', name], env: {} },
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
      if (isErrno(cause, ...REFUSALS)) {
        const reason = messageOf(cause)
        throw new CodeExecutorError(
          'BACKEND_REJECTED',
          `The ${name} executor was refused while ${what}: ${reason}.`,
          { executor: name, reason },
          { cause },
        )
      }
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
  if (typeof exit !== 'object' || exit === null || !('kind' in exit)) return false
  const hasEvidence = EVIDENCE.get(exit.kind)
  return hasEvidence?.(exit as Readonly<Record<string, unknown>>) ?? false
}

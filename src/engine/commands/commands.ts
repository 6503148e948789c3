import type {
  BackgroundCommand,
  BackgroundOptions,
  CodeResult,
  CommandEvent,
  CommandOptions,
  CommandResult,
  CommandRunner,
  CommandSource,
} from '../../core/index.ts'
import type { CommandLine } from '../../languages/index.ts'
import type { CommandExit, CommandIo } from '../command-backend.ts'
import type { CommandPlace } from '../command-place.ts'
import { eventStream } from '../event-stream.ts'
import type { Job, JobCall } from '../managed-executor.ts'
import type { Run } from '../run.ts'
import { quoteAll, type AllowList } from './allow-list.ts'
import type { BackgroundRun } from './background-command.ts'
import { BackgroundCommands } from './background-commands.ts'
import { toCommandResult } from './command-result.ts'
import { launchCommand, throughShell } from './launch.ts'
import { NotStarted } from './not-started.ts'
import { assertCommandCall, readCommand, type CommandCall } from './read-command.ts'
import { lookCommand, mayBeCannotStart, mayBeNotStarted, readLook } from './why-not-started.ts'

/** What commands need of the executor whose they are. */
export interface CommandHost {
  readonly place: CommandPlace
  readonly shell: string
  readonly allowed: AllowList | undefined
  readonly timeoutMs: number
  readonly outputBytes: number
  /** Commands in the background at once. */
  readonly mostInBackground: number
  /** @throws `EXECUTOR_STOPPED` */
  assertUsable(): void
  start(): Promise<void>
  runJob(job: Job, call: JobCall): Promise<CodeResult>
}

type Listener = (event: Exclude<CommandEvent, { type: 'end' }>) => void

/** The commands of an executor: reads what is asked for, runs it, and says how it ended in a way that an agent can go on with. */
export class Commands implements CommandRunner {
  readonly #host: CommandHost
  readonly #background: BackgroundCommands

  constructor(host: CommandHost) {
    this.#host = host
    this.#background = new BackgroundCommands(host.mostInBackground, host.outputBytes)
  }

  async runCommand(command: CommandSource, options: CommandOptions = {}): Promise<CommandResult> {
    return this.#run(command, options)
  }

  streamCommand(command: CommandSource, options: CommandOptions = {}): AsyncIterable<CommandEvent> {
    return eventStream<CommandEvent>(async (left, push) => {
      push({ type: 'end', result: await this.#run(command, options, push, left) })
    })
  }

  async startCommand(command: CommandSource, options: BackgroundOptions = {}): Promise<BackgroundCommand> {
    this.#host.assertUsable()
    assertCommandCall(command, options, true)
    const { timeoutMs } = options
    const read = orNotStarted(() => this.#read(command, options))
    await this.#host.start()
    const line = typeof command === 'string' ? command : quoteAll(command)
    return this.#background.add(line, async (run) => {
      const onNotStarted = (text: string): void => run.onError(Buffer.from(text))
      return this.#settle((job) => this.#host.runJob(job, { timeoutMs, beside: true }), read, onNotStarted, run)
    })
  }

  findCommand(id: string): BackgroundCommand | undefined {
    return this.#background.find(id)
  }

  listCommands(): readonly BackgroundCommand[] {
    return this.#background.list()
  }

  /** The place is a new one; what ran in the old one is over. */
  forgetEnded(): void {
    this.#background.forgetEnded()
  }

  async #run(command: CommandSource, options: CommandOptions, listener?: Listener, left?: AbortSignal): Promise<CommandResult> {
    this.#host.assertUsable()
    assertCommandCall(command, options, false)
    const { signal, timeoutMs = this.#host.timeoutMs } = options
    signal?.throwIfAborted()
    const read = orNotStarted(() => this.#read(command, options))
    const call: JobCall = {
      timeoutMs,
      ...(signal && { signal }),
      ...(left && { left }),
      ...(listener && {
        listener: (event) => {
          if (event.type === 'output-delta' || event.type === 'error-delta') listener(event)
        },
      }),
    }
    const onNotStarted = (text: string): void => listener?.({ type: 'error-delta', text })
    return this.#settle((job) => this.#host.runJob(job, call), read, onNotStarted)
  }

  /** @throws {@link NotStarted} */
  #read(command: CommandSource, options: CommandOptions): ReadCommand {
    const { allowed, shell } = this.#host
    const call = readCommand(command, options)
    if (allowed) return { call, words: allowed.check(call.command, call.env) }
    if (typeof call.command !== 'string') return { call, words: call.command }
    return { call, words: throughShell(shell, call.command) }
  }

  /** Runs a command by `runJob`. Why it was not started, if it was not, becomes its result. */
  async #settle(
    runJob: (job: Job) => Promise<CodeResult>,
    read: ReadCommand | NotStarted,
    onNotStarted: (text: string) => void,
    background?: BackgroundRun,
  ): Promise<CommandResult> {
    const outcome = read instanceof NotStarted ? { why: read } : await this.#try(runJob, read, background)
    if (!('why' in outcome)) return toCommandResult(outcome, background?.killed.aborted)
    onNotStarted(outcome.why.text)
    return outcome.why.toResult(outcome.said?.error, outcome.said?.durationMs)
  }

  async #try(
    runJob: (job: Job) => Promise<CodeResult>,
    read: ReadCommand,
    background: BackgroundRun | undefined,
  ): Promise<CodeResult | WhyNot> {
    const found: { why?: NotStarted } = {}
    const result = await runJob({
      run: async (run) => {
        const exit = await this.#runOne(read, run, background)
        if (!(exit instanceof NotStarted)) return exit
        found.why = exit
        return { kind: 'exited', exitCode: 127 }
      },
    })
    return found.why ? { why: found.why, said: result } : result
  }

  async #runOne(read: ReadCommand, run: Run, background: BackgroundRun | undefined): Promise<CommandExit | NotStarted> {
    run.startPhase('run')
    run.signal.throwIfAborted()
    const io = background ? besides(run, background) : ioOf(run)
    try {
      const exit = await this.#host.place.run(launchCommand(read.call, read.words), io)
      return (mayBeNotStarted(exit) && !io.signal.aborted && (await this.#look(read, run.signal))) || exit
    } catch (error) {
      if (background?.killed.aborted && error === background.killed.reason) return { kind: 'signaled', signal: 'SIGKILL' }
      const why = mayBeCannotStart(error) && !io.signal.aborted && (await this.#look(read, run.signal).catch(() => undefined))
      if (why) return why
      throw error
    }
  }

  /** Asks the place why a program was not started; nothing when nothing is wrong. */
  async #look({ call, words: [program] }: ReadCommand, signal: AbortSignal): Promise<NotStarted | undefined> {
    let said = ''
    const onOutput = (chunk: Uint8Array): void => void (said += Buffer.from(chunk).toString('utf8'))
    const exit = await this.#host.place.run(lookCommand(call, program), { onOutput, onError: () => {}, signal })
    // A look that a limit ended has seen nothing.
    return said === '' && !mayBeNotStarted(exit) ? undefined : readLook(said, call, program)
  }
}

/** A command that was read, and the words that are run. */
interface ReadCommand {
  readonly call: CommandCall
  readonly words: CommandLine
}

/** Why nothing ran, and what a shell that tried has said. */
interface WhyNot {
  readonly why: NotStarted
  readonly said?: CodeResult
}

function orNotStarted<T>(read: () => T): T | NotStarted {
  try {
    return read()
  } catch (error) {
    if (error instanceof NotStarted) return error
    throw error
  }
}

/** Where the output of a run's command goes. */
export function ioOf(run: Run): CommandIo {
  return { onOutput: run.writeOutput, onError: run.writeError, onStateLost: run.loseState, onOmitted: run.omit, signal: run.signal }
}

/** The same for a command that is also read while it runs, and may be killed. */
function besides(run: Run, background: BackgroundRun): CommandIo {
  const io = ioOf(run)
  return {
    ...io,
    onOutput: (chunk) => {
      background.onOutput(chunk)
      io.onOutput(chunk)
    },
    onError: (chunk) => {
      background.onError(chunk)
      io.onError(chunk)
    },
    onOmitted: (stream, bytes) => {
      background.onOmitted(stream, bytes)
      io.onOmitted?.(stream, bytes)
    },
    signal: AbortSignal.any([run.signal, background.killed]),
  }
}

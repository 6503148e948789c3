import { CodeExecutorError } from '../../../core/index.ts'
import type { Command } from '../../../engine/index.ts'
import type { CommandLine } from '../../../languages/index.ts'
import type { OutputListener } from '../exec-channel.ts'
import { Exchange } from './exchange.ts'
import { encodeRequest, type ForkRequest } from './fork-request.ts'
import { forkServerCommand } from './fork-server-start.ts'
import { canBecome, matchesAny, READ_AT_START, type Variables } from './start-variables.ts'
import { readWaitStatus, type WaitStatus } from '../wait-status.ts'

/** How much of what a server printed before it was ready is kept, to say why it was not. */
const COMPLAINT_LENGTH = 4_096

/** A process that stays. What it prints goes to the {@link OutputListener} that it was opened with. */
export interface ServerChannel {
  /** Writes to its standard input. */
  write(bytes: string | Uint8Array): void
  /** Ends its standard input. */
  end(): void
  /** Settles when everything that it printed has been handed on and no more comes. */
  readonly closed: Promise<unknown>
}

/** Starts a process with the variables of the setup and attaches to its three streams. */
export type OpenChannel = (argv: CommandLine, listener: OutputListener) => Promise<ServerChannel>

/** How a run ended. */
export interface ForkEnd {
  readonly outcome: WaitStatus
  /** Whether the processes around are those of before, and no fork was refused meanwhile. `false` where nobody counts that. */
  readonly leavesNothing: boolean
}

/** What a fork server is made for. */
export interface ForkServerSetup {
  /** The interpreter, as runs name it. */
  readonly python: string
  /** The modules that are imported ahead, by their full names. */
  readonly modules: readonly string[]
  /** The variables that the server is started with, on top of what every process in the place has. */
  readonly env: Variables
  /**
   * How much memory may be copied for a process that is made ahead of its run. A copy is made page by page as the run writes
   * to it, which for the most part is at its end; ahead of it that costs nobody time. @defaultValue no process is made ahead
   */
  readonly aheadBytes?: number
}

/**
 * A Python interpreter in the middle of its own start that has some modules imported. Each run is a fork of it, which
 * finishes that start with the run's script, and so is what a new `python3 main.py` would be, less the time to import.
 *
 * What a run can see of it: the modules are in `sys.modules` from the beginning, and what they print is not printed again.
 * Its command line in `/proc` is the server's. All runs of a server have the same seed of string hashes, and share the state
 * of generators that a module made for itself while it was imported; `random` and `numpy.random` begin anew. What was there
 * before the fork is in no `gc.get_objects()`; an object that the program leaves with one of the modules is not ended at the
 * exit, which Python never promises (files are written nevertheless).
 */
export class ForkServer {
  /** Its process id, as the place counts. */
  readonly pid: number
  readonly #setup: ForkServerSetup
  readonly #channel: ServerChannel
  readonly #switch: Switch
  /** Variables that a module asked for while it was imported. */
  readonly #asked: ReadonlySet<string>

  private constructor(setup: ForkServerSetup, channel: ServerChannel, listener: Switch, pid: number, asked: ReadonlySet<string>) {
    this.pid = pid
    this.#setup = setup
    this.#channel = channel
    this.#switch = listener
    this.#asked = asked
  }

  /**
   * Starts one and waits until it has imported its modules. To be done before programs run in the place: one of the same user
   * could take hold of a server in its first moments.
   * @throws `INVALID_ARGUMENT` for a module that is none or cannot be imported, `BACKEND_REJECTED` when the interpreter is
   * none that this works with
   */
  static async start(setup: ForkServerSetup, open: OpenChannel): Promise<ForkServer> {
    const argv = forkServerCommand(setup.python, setup.modules, setup.aheadBytes)
    let complaint = ''
    const keep = (chunk: Buffer): void => void (complaint = (complaint + chunk.toString('latin1')).slice(-COMPLAINT_LENGTH))
    const starting = new Exchange({ onOutput: () => {}, onError: keep }, { hasBegun: true })
    const listener = new Switch(starting)
    const channel = await open(argv, listener)
    void channel.closed.then(() => listener.close())
    channel.write(starting.end)
    const answer = await Promise.race([starting.answer, channel.closed.then(() => undefined)])
    const [outcome = '', pid, ...asked] = answer?.split(' ') ?? []
    if (outcome === 'ready') return new ForkServer(setup, channel, listener.release(), Number(pid), new Set(asked))
    channel.end()
    throw refusal(answer ?? complaint.trim().split('\n').at(-1) ?? '')
  }

  /** Whether it is gone: a program killed it, or the place is. */
  get isClosed(): boolean {
    return this.#switch.isClosed
  }

  /** Settles when it is gone. */
  get closed(): Promise<unknown> {
    return this.#channel.closed
  }

  /** Whether a run of this command would be what a new process is. If not, start one. */
  canRun({ argv, env }: Pick<Command, 'argv' | 'env'>): boolean {
    const [python, script = ''] = argv
    // Versions of Python differ in what they make of a dot at the beginning.
    const isScript = script !== '' && !/^(?:-|\.\/)/.test(script)
    const isRead = (name: string): boolean => this.#asked.has(name) || matchesAny(name, READ_AT_START.python)
    return python === this.#setup.python && isScript && canBecome(this.#setup.env, env, isRead)
  }

  /** Has the process of the next run made, which then begins and ends sooner. It prints nothing and may be killed. */
  makeAhead(): void {
    if (this.#setup.aheadBytes !== undefined) this.#channel.write('+')
  }

  /** Ends the process that was made ahead: it would be seen by, and take memory from, what runs instead. */
  dropAhead(): void {
    if (this.#setup.aheadBytes !== undefined) this.#channel.write('-')
  }

  /**
   * Runs a script to the end of its process; one at a time. Others that it left may live, and print nothing that is heard.
   * It is told how its process ended, and whether there is nothing now that was not there before, and nothing gone.
   * Resolves to nothing when no program has begun: a file beside the script would be imported in place of a module that is
   * loaded, the directory is not there, or no process could be made. Then start a new one, or learn from it what is wrong.
   * @throws `BACKEND_LOST` when the server ends, `INVALID_ARGUMENT` for what no process can be given
   */
  async run(request: ForkRequest, listener: OutputListener): Promise<ForkEnd | undefined> {
    const exchange = new Exchange(listener, { hasBegun: false })
    const bytes = encodeRequest(request, exchange.begin, exchange.end)
    this.#switch.take(exchange)
    this.#channel.write(bytes)
    const answer = await Promise.race([exchange.answer, this.#channel.closed.then(() => undefined)])
    if (answer === undefined) throw lost()
    this.#switch.release()
    if (!exchange.hasBegun) return undefined
    const [status = 0, leavesNothing] = answer.split(' ').map(Number)
    return { outcome: readWaitStatus(status), leavesNothing: leavesNothing === 1 }
  }

  /** Lets it end, and the program that runs. */
  stop(): void {
    this.#channel.end()
  }
}

/** Leads what the server prints to the exchange under way, and elsewhere nothing. */
class Switch implements OutputListener {
  #exchange: Exchange | undefined
  isClosed = false

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  take(exchange: Exchange): void {
    if (this.isClosed) throw lost()
    if (this.#exchange) {
      const promise = 'a fork server gets one run at a time'
      throw new CodeExecutorError('PROTOCOL_VIOLATION', `The docker executor broke its own rule: ${promise}. Please report it.`, {
        executor: 'docker',
        promise,
      })
    }
    this.#exchange = exchange
  }

  release(): this {
    this.#exchange = undefined
    return this
  }

  close(): void {
    this.isClosed = true
    this.#exchange?.close()
  }

  onOutput(chunk: Buffer): void {
    this.#exchange?.onOutput(chunk)
  }

  onError(chunk: Buffer): void {
    this.#exchange?.onError(chunk)
  }
}

/** Why it is not ready: `import <module> <exception>` or `start <reason>` from the server, or the last words of its interpreter. */
function refusal(words: string): CodeExecutorError {
  const [, what, module = '', exception] = /^(import|start) (\S+) ?(.*)$/.exec(Buffer.from(words, 'latin1').toString()) ?? []
  if (what === 'import') {
    const message = `preload: the module ${module} cannot be imported: ${exception}. Install it in the image, or leave it out.`
    return new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'preload', value: module })
  }
  const reason = `no modules can be preloaded: ${what === 'start' ? `${module} ${exception}` : words || 'its interpreter ended at once'}`
  return new CodeExecutorError('BACKEND_REJECTED', `In the container ${reason}. It takes CPython 3.9 or newer; or leave preload out.`, {
    executor: 'docker',
    reason,
  })
}

function lost(): CodeExecutorError<'BACKEND_LOST'> {
  const message = 'How the program ended is not known: the process that it was a copy of has ended. Run it again if it may run twice.'
  return new CodeExecutorError('BACKEND_LOST', message, { executor: 'docker' })
}

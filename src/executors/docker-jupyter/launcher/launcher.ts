import type { DockerContainer } from '../../docker/client.ts'
import { Channel } from '../../docker/exec-channel.ts'
import { LAUNCHER } from './launcher-script.ts'

/** Bytes of what the server and its kernels say that are kept. */
const LOG_BYTES = 16_000
/** A line of the launcher is short; what is longer is no line of it. */
const MOST_LINE_BYTES = 64 * 1024
/** How long a request may take: killing a kernel whose processes come back takes two seconds at most. */
const PATIENCE_MS = 3_000

/** How the server is started in a container. */
export interface LauncherSetup {
  readonly python: string
  readonly user: string
  readonly workDir: string
  /** Arguments of jupyter-server. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Kernels that are remembered; nobody starts so many. */
const MOST_KERNELS = 10_000

/** How a kernel's process ended, by what its parent was told. Signals by their Linux numbers. */
export interface KernelExit {
  readonly exitCode: number | undefined
  readonly signal: number | undefined
  /** What the kernel counted for the container since it was made: processes killed for memory, and forks refused. */
  readonly memoryKills: number
  readonly refusedForks: number
}

/** A kernel that somebody has named: the launcher, or whoever waits for its end. */
interface KernelEntry {
  readonly death: PromiseWithResolvers<KernelExit>
  isDead: boolean
}

type Request = { readonly do: 'end'; readonly kernel: string } | { readonly do: 'empty'; readonly directory: string }

/** The server's process in a container, and what it tells of its kernels. */
export class Launcher {
  /** Resolves when the process is gone. */
  readonly closed: Promise<void>
  /** What the system had counted for the container when the last kernel ended. */
  readonly counts = { memoryKills: 0, refusedForks: 0 }
  readonly #channel: Channel
  readonly #kernels: LauncherState['kernels']
  readonly #answers: Map<number, (ok: boolean) => void>
  readonly #log: { text: string }
  #requests = 0
  #isClosed = false

  private constructor(channel: Channel, state: LauncherState) {
    this.#channel = channel
    this.#kernels = state.kernels
    this.#answers = state.answers
    this.#log = state.log
    channel.keepAlive(false)
    this.closed = channel.closed.then(() => {
      this.#isClosed = true
      for (const answer of this.#answers.values()) answer(false)
    })
  }

  /** Starts the server. That it answers is to be seen elsewhere. @throws see `engineError` */
  static async start(container: DockerContainer, { python, user, workDir, args, env }: LauncherSetup): Promise<Launcher> {
    const state: LauncherState = { kernels: new Map(), answers: new Map(), log: { text: '' } }
    const listener = {
      onOutput: lineReader((line) => hear(state, line)),
      onError: (chunk: Buffer) => note(state.log, chunk.toString('utf8')),
    }
    const Env = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const { channel } = await Channel.exec(container, { Cmd: [python, '-c', LAUNCHER], User: user, WorkingDir: workDir, Env }, listener)
    channel.write(`${JSON.stringify(args)}\n`)
    return new Launcher(channel, state)
  }

  /** Whether the process is gone. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The end of what the server and its kernels said. */
  get log(): string {
    return this.#log.text.trim()
  }

  /** Resolves when a kernel that the server was told to start has ended. */
  deathOf(id: string): Promise<KernelExit> {
    return entryOf(this.#kernels, id).death.promise
  }

  /** Forgets a kernel. */
  forget(id: string): void {
    this.#kernels.delete(id)
  }

  /** Kills a kernel and everything that it started. Resolves to whether all of it is gone. */
  endKernel(kernel: string): Promise<boolean> {
    return this.#request({ do: 'end', kernel })
  }

  /** Removes everything in a directory. Resolves to whether it is empty. */
  emptyDirectory(directory: string): Promise<boolean> {
    return this.#request({ do: 'empty', directory })
  }

  #request(request: Request): Promise<boolean> {
    const number = (this.#requests += 1)
    const answered = Promise.withResolvers<boolean>()
    const timer = setTimeout(answered.resolve, PATIENCE_MS, false)
    this.#answers.set(number, answered.resolve)
    if (this.#isClosed) answered.resolve(false)
    else this.#channel.write(`${JSON.stringify({ ...request, number })}\n`)
    return answered.promise.finally(() => {
      clearTimeout(timer)
      this.#answers.delete(number)
    })
  }
}

interface LauncherState {
  readonly kernels: Map<string, KernelEntry>
  readonly answers: Map<number, (ok: boolean) => void>
  readonly log: { text: string }
}

/** Takes what the launcher says. It is a program in a container and may say anything. */
function hear({ kernels, answers, log }: LauncherState, line: string): void {
  const said = readObject(line)
  if (said === undefined) return note(log, line) // the engine says there that it found no Python
  const { kernel, died, done } = said
  if (typeof kernel === 'string' && kernels.get(kernel)?.isDead === true) kernels.delete(kernel) // it was started again
  if (typeof died === 'string' && kernels.size < MOST_KERNELS) {
    const number = (name: string): number | undefined => (typeof said[name] === 'number' ? said[name] : undefined)
    const entry = entryOf(kernels, died)
    entry.isDead = true
    entry.death.resolve({
      exitCode: number('code'),
      signal: number('signal'),
      memoryKills: number('memory_kills') ?? 0,
      refusedForks: number('refused_forks') ?? 0,
    })
  }
  if (typeof done === 'number') answers.get(done)?.(said['ok'] === true)
}

function note(log: LauncherState['log'], text: string): void {
  log.text = (log.text + text).slice(-LOG_BYTES)
}

/** Either side may be the first to name a kernel. */
function entryOf(kernels: LauncherState['kernels'], id: string): KernelEntry {
  const entry = kernels.get(id) ?? { death: Promise.withResolvers<KernelExit>(), isDead: false }
  kernels.set(id, entry)
  return entry
}

function readObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = ''
  return (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\n')
    rest = (lines.pop() ?? '').slice(-MOST_LINE_BYTES)
    for (const line of lines) onLine(line)
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../../core/index.ts'
import type { Command, CommandIo } from '../../../engine/index.ts'
import type { LivingContainer } from '../container.ts'
import type { OutputListener, RunningProcess } from '../exec-channel.ts'
import { readEnd } from '../read-end.ts'
import type { DockerSettings } from '../settings.ts'
import { evidenceSince, type KernelCounts } from '../supervisor/program-end.ts'
import type { ProgramSlot, SlotRun, SlotTask } from '../program-slot.ts'
import type { Tools } from './interpreter.ts'

/** How long a program may take to end by itself after it was asked to. */
const GRACE_MS = 100
/** How often the engine is asked whether a process has ended. */
const INTERVAL_MS = 25
/** How long a process that was killed may take to be seen to end. */
const PATIENCE_MS = 4_000
const LINK_IN_THE_WAY = 3

/** What is said after a run. */
interface Report {
  readonly gone: boolean
  readonly wiped: boolean
  readonly counts: KernelCounts
  readonly diskFull: boolean
}

/**
 * One container whose image has no shell. Each program is a process that the engine starts, and before and after it another
 * one does what the shell would. That is slower by the time which the engine takes for each, and a signal that ended a program
 * is an exit code above 128, as the engine tells it.
 */
export class PlainSlot implements ProgramSlot {
  readonly living: LivingContainer
  readonly home: string
  readonly number: number
  readonly #settings: DockerSettings
  readonly #tools: Tools
  /** Whether nothing is left of a program that was to go with it. */
  #isClean = true
  #counts: KernelCounts = { memoryKills: 0, refusedForks: 0 }

  constructor(number: number, living: LivingContainer, home: string, settings: DockerSettings, tools: Tools) {
    this.number = number
    this.home = home
    this.living = living
    this.#settings = settings
    this.#tools = tools
  }

  get isUsable(): boolean {
    return this.#isClean && !this.living.isOver
  }

  async run({ script: { plain } }: SlotTask, io: CommandIo): Promise<SlotRun> {
    if (plain.kind === 'command') {
      if (plain.files.size > 0) await this.#write(plain.files)
      return this.#runCommand(plain.command, io)
    }
    if (plain.kind === 'write') {
      await this.#write(plain.files)
      return { exit: { kind: 'exited', exitCode: 0 }, usable: true }
    }
    const exitCode = await this.#tool(plain.args, io)
    return { exit: { kind: 'exited', exitCode }, usable: true }
  }

  async removeFiles(paths: readonly string[]): Promise<void> {
    const exitCode = await this.#tool(['remove', ...paths], NOBODY).catch(() => undefined)
    if (exitCode !== 0) this.#isClean = false
  }

  settled(): Promise<boolean> {
    return Promise.resolve(this.isUsable)
  }

  warm(): Promise<void> {
    return Promise.resolve()
  }

  remove(): Promise<void> {
    return this.living.remove()
  }

  async #runCommand({ argv, env, stdin }: Command, io: CommandIo): Promise<SlotRun> {
    const startedAt = performance.now()
    const all = { ...this.#settings.oddEnvironment, ...env }
    const listener = { onOutput: (chunk: Buffer) => io.onOutput(chunk), onError: (chunk: Buffer) => io.onError(chunk) }
    const process = await this.#start(
      [...argv],
      listener,
      Object.entries(all).map(([name, value]) => `${name}=${value}`),
    )
    if (stdin !== undefined && stdin.byteLength > 0) process.channel.write(stdin)
    process.channel.end()
    const ended = this.#untilEnded(process)
    ended.catch(() => {}) // looked at below
    let ending: Promise<Report | undefined> | undefined
    const onAbort = (): void => void (ending = this.#end(GRACE_MS))
    io.signal.addEventListener('abort', onAbort, { once: true })
    if (io.signal.aborted) onAbort()
    try {
      const exitCode = await Promise.race([ended, this.#late(io.signal)])
      const report = (await ending) ?? (await this.#end(0))
      if (report?.gone !== true || exitCode === undefined) return await this.#giveUp(io.signal.aborted, startedAt)
      await process.channel.closed
      const before = this.#counts
      this.#counts = report.counts
      const outcome = io.signal.aborted ? ({ signal: 'SIGKILL' } as const) : { exitCode }
      return { exit: readEnd({ outcome, ...report }, before, this.#settings.limits), usable: report.wiped }
    } finally {
      io.signal.removeEventListener('abort', onAbort)
    }
  }

  /** What cannot be ended inside ends with the container. */
  async #giveUp(wasEnded: boolean, startedAt: number): Promise<SlotRun> {
    this.living.abandon()
    const { outOfMemory } = await this.living.end(evidenceSince(startedAt, this.#counts))
    if (outOfMemory) return { exit: { kind: 'out-of-memory', limitBytes: this.#settings.limits.memory }, usable: false }
    if (wasEnded) return { exit: { kind: 'signaled', signal: 'SIGKILL' }, usable: false }
    const message =
      'How the program ended is not known: the container ended, or what it left could not be. The next one gets a new container.'
    throw new CodeExecutorError('BACKEND_LOST', message, { executor: 'docker' })
  }

  /** Resolves some time after an abort. */
  async #late(signal: AbortSignal): Promise<undefined> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await delay(GRACE_MS + PATIENCE_MS)
  }

  /** Ends whatever the programs' user runs. Resolves to nothing when that could not be done. */
  async #end(graceMs: number): Promise<Report | undefined> {
    const over = new AbortController()
    try {
      const late = delay(PATIENCE_MS, undefined, { signal: over.signal })
      late.catch(() => {}) // over before it was late
      return await Promise.race([this.#untilReport(graceMs, over.signal), late])
    } finally {
      over.abort()
    }
  }

  /** Where programs take every process that there may be, the engine may get none for the tool, and gets one a moment later. */
  async #untilReport(graceMs: number, over: AbortSignal): Promise<Report | undefined> {
    for (; !over.aborted && !this.living.isOver; await delay(INTERVAL_MS)) {
      const report = await this.#report(graceMs).catch(() => undefined)
      if (report) return report
    }
    return undefined
  }

  async #report(graceMs: number): Promise<Report | undefined> {
    let said = ''
    const exitCode = await this.#tool(['end', String(graceMs)], {
      ...NOBODY,
      onOutput: (chunk) => void (said += Buffer.from(chunk).toString()),
    })
    return exitCode === 0 ? (JSON.parse(said) as Report) : undefined
  }

  async #write(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    let said = ''
    const listen = (chunk: Uint8Array): void => void (said += Buffer.from(chunk).toString())
    const head = JSON.stringify([...files].map(([path, content]) => [path, content.byteLength]))
    const exitCode = await this.#tool(['write'], { ...NOBODY, onOutput: listen, onError: listen }, [
      Buffer.from(`${head}\n`),
      ...files.values(),
    ])
    if (exitCode === 0) return
    if (exitCode === LINK_IN_THE_WAY) {
      const path = said.trim()
      throw new CodeExecutorError(
        'INVALID_PATH',
        `${path} is a link that a program left; nothing is written through it. Remove it first.`,
        {
          path,
          reason: 'it is a link',
        },
      )
    }
    const reason = said.trim().split('\n').at(-1) ?? ''
    throw new CodeExecutorError('BACKEND_REJECTED', `The container refused files: ${reason}.`, { executor: 'docker', reason })
  }

  async #tool(args: readonly string[], io: CommandIo, input: readonly Uint8Array[] = []): Promise<number> {
    const listener = { onOutput: (chunk: Buffer) => io.onOutput(chunk), onError: (chunk: Buffer) => io.onError(chunk) }
    const process = await this.#start([...this.#tools, ...args], listener, [])
    for (const bytes of input) process.channel.write(bytes)
    process.channel.end()
    const exitCode = await this.#untilEnded(process)
    await process.channel.closed
    return exitCode
  }

  #start(argv: string[], listener: OutputListener, env: string[]): Promise<RunningProcess> {
    const { user, workDir } = this.#settings
    return this.living.processes.start({ Cmd: argv, User: user, Env: env, WorkingDir: workDir }, listener)
  }

  /** A process may have ended while something that it started still has its outputs. */
  async #untilEnded({ channel, exec }: RunningProcess): Promise<number> {
    for (;;) {
      const { Running, ExitCode } = await exec.inspect()
      if (!Running && ExitCode !== null) return ExitCode
      if (this.living.isOver)
        throw new CodeExecutorError('BACKEND_LOST', 'The container ended while a program ran.', { executor: 'docker' })
      await Promise.race([channel.closed.then(() => delay(1)), delay(INTERVAL_MS)])
    }
  }
}

const NOBODY: CommandIo = { onOutput: () => {}, onError: () => {}, signal: new AbortController().signal }

import { CodeExecutorError, type Capability } from '../../core/index.ts'
import type { Command, CommandBackend, CommandExit, CommandIo, WholeProgram, WholeProgramExit, WholeProgramIo } from '../../engine/index.ts'
import type { AzurePlace } from './azure-place.ts'
import { CAPABILITIES, explainMissing } from './capabilities.ts'
import { EXECUTOR } from './explain.ts'
import { CONTAINER, WORK_DIR } from './group-spec.ts'
import type { StartedGroup } from './group-start.ts'
import { Pace } from './pace.ts'
import { readEnd } from './read-end.ts'
import { planCommand, planFiles, planProgram, type Plan } from './runner/plan.ts'
import { roomOnSocket } from './runner/room.ts'
import { FIRST_GROUP, RUNNER_SCRIPT } from './runner/script.ts'
import { SessionChannel } from './session-channel.ts'
import { imageFor } from './settings.ts'
import { readMoment } from './watch-group.ts'

const PLACE = { workDir: WORK_DIR, isGoneAfterwards: false } as const
/** How often a runner is asked for in a container that runs. */
const MOST_TRIES = 3

/** Runs programs in one container group, over exec sockets: as many at the same time as there are turns. */
export class SessionBackend implements CommandBackend {
  readonly name = EXECUTOR
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES
  readonly environment: Readonly<Record<string, string>>
  readonly #place: AzurePlace
  readonly #limits: { readonly outputBytes: number; readonly memoryBytes: number }
  #group: StartedGroup | undefined
  /** Set when somebody is starting another group in the place of one that was lost. */
  #replacing: Promise<StartedGroup> | undefined
  /** Channels by the number of their turn, which is their group of processes too; those in use are not there. */
  readonly #idle = new Map<number, SessionChannel>()
  readonly #turns = new Set<number>()

  constructor(place: AzurePlace, limits: { readonly outputBytes: number; readonly memoryBytes: number }) {
    this.#place = place
    this.#limits = limits
    this.environment = { ...place.settings.environment, ...place.settings.secureEnvironment }
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability)
  }

  async open({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#place.open()
    try {
      const group = await this.#startGroup(signal)
      signal.throwIfAborted()
      this.#idle.set(0, await this.#openChannel(group, 0, signal))
      signal.throwIfAborted()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    for (const channel of this.#idle.values()) channel.close()
    this.#idle.clear()
    const group = this.#group
    this.#group = undefined
    if (group !== undefined) void this.#place.delete(group)
    await this.#place.close()
  }

  assertTakes(program: WholeProgram): void {
    imageFor(this.#place.settings, program.language)
  }

  runWhole(program: WholeProgram, io: WholeProgramIo): Promise<WholeProgramExit> {
    return this.#run(planProgram(program, PLACE), io)
  }

  async runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    return this.#plain(planCommand(command, PLACE), io)
  }

  async readFile(path: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    const io = {
      onOutput: (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk)),
      onError: () => {},
      signal: new AbortController().signal,
    }
    const exit = await this.runCommand({ argv: ['cat', '--', path], env: {} }, io)
    if (exit.kind === 'exited' && exit.exitCode === 0) return Buffer.concat(chunks)
    throw new CodeExecutorError('FILE_NOT_FOUND', `${path} cannot be read in the container.`, { path })
  }

  writeFile(path: string, content: Uint8Array): Promise<void> {
    return this.writeFiles(new Map([[path, content]]))
  }

  async writeFiles(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    await this.#plain(planFiles(files, PLACE), { onOutput: () => {}, onError: () => {}, signal: new AbortController().signal })
  }

  async #plain(plan: Plan, io: CommandIo): Promise<CommandExit> {
    const exit = await this.#run(plan, { ...io, onPhase: () => {} })
    if (exit.kind === 'no-way' || exit.kind === 'timed-out') throw new Error(`a command ended with ${exit.kind}`)
    return exit
  }

  async #run(plan: Plan, io: Omit<WholeProgramIo, 'holdDeadline'>): Promise<WholeProgramExit> {
    const turn = this.#takeTurn()
    try {
      const channel = await this.#channel(turn, io)
      const room = roomOnSocket(io.isOutputWhole ? undefined : this.#limits.outputBytes)
      try {
        return readEnd(await channel.run(plan, room, io), { timeoutMs: 0, memoryBytes: this.#limits.memoryBytes })
      } finally {
        if (channel.isClosed) await this.#endLeftovers(turn)
        else this.#idle.set(turn, channel)
      }
    } finally {
      this.#turns.delete(turn)
    }
  }

  #takeTurn(): number {
    let turn = 0
    while (this.#turns.has(turn)) turn += 1
    this.#turns.add(turn)
    return turn
  }

  async #channel(turn: number, io: Pick<CommandIo, 'signal' | 'onStateLost'>): Promise<SessionChannel> {
    const idle = this.#idle.get(turn)
    this.#idle.delete(turn)
    if (idle !== undefined && !idle.isClosed) return idle
    const group = this.#group
    if (group !== undefined && (await this.#isAlive(group, io.signal))) return this.#openChannel(group, turn, io.signal)
    io.onStateLost?.()
    return this.#openChannel(await this.#replaceGroup(group, io.signal), turn, io.signal)
  }

  /** What a run left whose socket was cut: the next runner of its turn ends it. */
  async #endLeftovers(turn: number): Promise<void> {
    const group = this.#group
    const signal = AbortSignal.timeout(30_000)
    if (group === undefined) return
    try {
      this.#idle.set(turn, await this.#openChannel(group, turn, signal))
    } catch {
      // A group that lets nobody in is deleted, with all that runs in it.
      if (this.#group === group) this.#group = undefined
      await this.#place.delete(group)
    }
  }

  async #openChannel(group: StartedGroup, turn: number, signal: AbortSignal): Promise<SessionChannel> {
    const { settings, groups } = this.#place
    const pace = new Pace()
    for (let attempt = 1; ; attempt += 1) {
      try {
        const address = await groups.exec(group.name, CONTAINER, signal)
        return await SessionChannel.open({ ...address, tlsCa: settings.tlsCa }, FIRST_GROUP + turn, settings.limits.openFiles, signal)
      } catch (error) {
        const mayPass = CodeExecutorError.is(error) && error.retryable && attempt < MOST_TRIES
        if (signal.aborted) throw signal.reason
        if (!mayPass) throw error
      }
      await pace.wait(signal)
    }
  }

  async #isAlive(group: StartedGroup, signal: AbortSignal): Promise<boolean> {
    try {
      const { container, restarts } = readMoment(group.name, '', await this.#place.groups.get(group.name, signal))
      return container.state === 'Running' && restarts === 0
    } catch (error) {
      if (CodeExecutorError.is(error, 'BACKEND_LOST')) return false
      throw error
    }
  }

  /** One for all that find the same group gone. */
  #replaceGroup(gone: StartedGroup | undefined, signal: AbortSignal): Promise<StartedGroup> {
    this.#replacing ??= (async () => {
      for (const channel of this.#idle.values()) channel.close()
      this.#idle.clear()
      if (gone !== undefined) await this.#place.delete(gone)
      return this.#startGroup(signal)
    })().finally(() => (this.#replacing = undefined))
    return this.#replacing
  }

  async #startGroup(signal: AbortSignal): Promise<StartedGroup> {
    const { settings } = this.#place
    const lifetime = String(Math.ceil(settings.maxLifetimeMs / 1000))
    const purpose = { files: new Map([['run.sh', Buffer.from(RUNNER_SCRIPT)]]), args: ['hold', lifetime], secret: undefined }
    const group = await this.#place.start(settings.image ?? Object.values(settings.images)[0] ?? '', purpose, signal)
    this.#group = group
    return group
  }
}

import { CodeExecutorError, type Capability } from '../../core/index.ts'
import type { Command, CommandBackend, CommandExit, CommandIo, WholeProgram, WholeProgramExit, WholeProgramIo } from '../../engine/index.ts'
import type { FileStore } from '../../files/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { AzurePlace } from './azure-place.ts'
import { CAPABILITIES, explainMissing } from './capabilities.ts'
import { EXECUTOR } from './explain.ts'
import { RUNNER_DIRECTORY, WORK_DIR } from './group-spec.ts'
import type { StartedGroup } from './group-start.ts'
import { followLog, readOnce } from './log-follower.ts'
import { readEnd, type RunLimits } from './read-end.ts'
import { FrameReader } from './runner/frames.ts'
import { planCommand, planProgram, sizeOf, type Plan } from './runner/plan.ts'
import { roomInLog } from './runner/room.ts'
import { RUNNER_SCRIPT } from './runner/script.ts'
import { imageFor } from './settings.ts'

/** Everything that a secret volume may hold for a run. Azure tells no limit of its own but that of a request: about 4 MB, in base64. */
export const MOST_SOURCE_BYTES = 1024 ** 2
/** How long the runner waits in the end until its log was read; most of the log is gone once the container has stopped. */
const LINGER_SECONDS = 120
/** How much later than its time limit a run may be seen to be over before the group is deleted. */
const GRACE_MS = 15_000
const PLACE = { workDir: WORK_DIR, isGoneAfterwards: true } as const

/** Runs each program in a container group of its own, whose log brings back what it prints. */
export class ExecutionBackend implements CommandBackend {
  readonly name = EXECUTOR
  readonly sameNames = 'apart'
  readonly capabilities: ReadonlySet<Capability> = CAPABILITIES
  readonly environment: Readonly<Record<string, string>>
  readonly #place: AzurePlace
  readonly #limits: { readonly outputBytes: number; readonly memoryBytes: number }

  constructor(place: AzurePlace, limits: { readonly outputBytes: number; readonly memoryBytes: number }) {
    this.#place = place
    this.#limits = limits
    this.environment = { ...place.settings.environment, ...place.settings.secureEnvironment }
  }

  /** There is no directory between two runs to look into or to write to. */
  get fileStore(): FileStore {
    const refuse = (): Promise<never> => Promise.reject(noFiles())
    return { name: EXECUTOR, stat: refuse, scan: refuse, read: refuse, write: refuse, remove: refuse }
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability)
  }

  open(): Promise<void> {
    return this.#place.open()
  }

  close(): Promise<void> {
    return this.#place.close()
  }

  assertTakes(program: WholeProgram): void {
    imageFor(this.#place.settings, program.language)
    assertSize(planProgram(program, PLACE))
  }

  runWhole(program: WholeProgram, io: WholeProgramIo): Promise<WholeProgramExit> {
    io.holdDeadline()
    const image = imageFor(this.#place.settings, program.language)
    return this.#run(image, planProgram(program, PLACE), program.timeoutMs, io)
  }

  async runCommand(command: Command, io: CommandIo): Promise<CommandExit> {
    const plan = planCommand(command, PLACE)
    const { image, images } = this.#place.settings
    const exit = await this.#run(image ?? Object.values(images)[0] ?? '', plan, this.#place.settings.maxLifetimeMs, {
      ...io,
      onPhase: () => {},
    })
    if (exit.kind === 'no-way' || exit.kind === 'timed-out') throw new Error(`a command ended with ${exit.kind}`)
    return exit
  }

  readFile(): Promise<Uint8Array> {
    return Promise.reject(noFiles())
  }

  writeFile(): Promise<void> {
    return Promise.reject(noFiles())
  }

  async #run(image: string, plan: Plan, timeoutMs: number, io: Omit<WholeProgramIo, 'holdDeadline'>): Promise<WholeProgramExit> {
    const secret = randomName(16)
    const reader = new FrameReader(secret, io)
    const group = await this.#place.start(image, this.#purpose(plan, timeoutMs, secret), io.signal)
    const following = { groups: this.#place.groups, name: group.name, image, reader, signal: io.signal, limitMs: timeoutMs + GRACE_MS }
    const limits: RunLimits = { timeoutMs, memoryBytes: this.#limits.memoryBytes }
    try {
      const followed = await followLog(following)
      if (followed.kind === 'told' && (followed.end.kind !== 'ended' || followed.end.gone)) {
        // Nothing runs in it any more, so that nobody needs to wait until it is gone.
        void this.#delete(group)
        return readEnd(followed.end, limits)
      }
      await this.#delete(group)
      if (followed.kind === 'told') return readEnd(followed.end, limits)
      if (followed.kind === 'overdue') return { kind: 'timed-out', limitMs: timeoutMs }
      return { kind: 'out-of-memory', limitBytes: limits.memoryBytes }
    } catch (error) {
      if (io.signal.aborted) await this.#lastWords(following)
      await this.#delete(group)
      throw error
    }
  }

  /** What was printed before an abort belongs to the result that a limit's error carries. */
  async #lastWords(following: Parameters<typeof readOnce>[0]): Promise<void> {
    await readOnce({ ...following, signal: AbortSignal.timeout(2_000) }).catch(() => {})
  }

  #delete(group: StartedGroup): Promise<void> {
    this.#place.settings.onProgress({ group: group.name, location: group.location, state: 'deleting', elapsedMs: 0 })
    return this.#place.delete(group)
  }

  #purpose(plan: Plan, timeoutMs: number, secret: string): Parameters<AzurePlace['start']>[1] {
    const { live, liveBoth, part, most } = roomInLog(this.#limits.outputBytes)
    const { maxLifetimeMs } = this.#place.settings
    const numbers = [seconds(timeoutMs), seconds(maxLifetimeMs), LINGER_SECONDS, live, liveBoth, part, most].map(String)
    const parts = ['plan', ...plan.parts.keys()]
    return {
      files: new Map<string, Uint8Array>([
        ['run.sh', Buffer.from(RUNNER_SCRIPT)],
        ['plan', plan.script],
        ['parts', Buffer.from(`${parts.join('\n')}\n`)],
        ...plan.parts,
      ]),
      args: ['execution', RUNNER_DIRECTORY, WORK_DIR, ...numbers],
      secret,
    }
  }
}

/** @throws `FILE_TOO_LARGE` */
function assertSize(plan: Plan): void {
  const sizeBytes = sizeOf(plan)
  if (sizeBytes <= MOST_SOURCE_BYTES) return
  const message = `The program has ${sizeBytes} bytes with its files and its input, and a container group of its own takes ${MOST_SOURCE_BYTES}. Take isolation: 'session', or put large data on an Azure file share.`
  throw new CodeExecutorError('FILE_TOO_LARGE', message, { path: 'source', sizeBytes, limitBytes: MOST_SOURCE_BYTES })
}

function noFiles(): CodeExecutorError {
  const reason = 'with isolation execution nothing stays between runs'
  return new CodeExecutorError('BACKEND_REJECTED', `The azure-container executor has no files to read or write: ${reason}.`, {
    executor: EXECUTOR,
    reason,
  })
}

/** Seconds for sleep(1), with a fraction only where there is one. */
function seconds(milliseconds: number): string {
  return String(Math.max(0.001, milliseconds / 1000))
}

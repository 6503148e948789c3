import { CodeExecutorError, describeTermination } from '../../core/index.ts'
import { orAborted, type CommandExit, type CommandIo } from '../../engine/index.ts'
import { randomName } from '../../workspace/index.ts'
import type { DockerClient } from './client.ts'
import { connectDocker } from './connect.ts'
import { containerConfig, workVolumeOptions, type ContainerPlan } from './container-config.ts'
import { LivingContainer } from './container.ts'
import { inTime } from './in-time.ts'
import { isGvisor } from './gvisor.ts'
import { joinOrStart } from './shared-container.ts'
import { engineError, isMissingExecutable } from './engine-errors.ts'
import { chooseImage } from './image-choice.ts'
import { ownerLabels, removed, sweep } from './ownership.ts'
import type { DockerSettings } from './settings.ts'
import type { InterpreterStart, Starts } from './preload/interpreter-start.ts'
import { WaitingNode } from './preload/waiting-node.ts'
import type { ProgramSlot, SlotTask } from './program-slot.ts'
import type { Tools } from './shellless/interpreter.ts'
import { PlainSlot } from './shellless/plain-slot.ts'
import { startShellless } from './shellless/start-shellless.ts'
import { Slot } from './slot.ts'
import { commandScript } from './supervisor/launch-script.ts'

/** What the first of some names is that the place has as a program. */
export const FIND_FIRST =
  'for name; do found=$(command -v -- "$name") && [ -f "$found" ] && [ -x "$found" ] && printf %s "$found" && exit; done; exit 1'

/** The part of the limit of memory that a process made ahead may have before anybody needs it. */
const AHEAD_SHARE = 0.25

/** How long the closing of a workplace waits for the removal of what others left. */
const SWEEP_MS = 2_000

type RunTask = (task: SlotTask, io: CommandIo) => Promise<CommandExit>

/** What the containers of one executor have in common, from its opening to its closing. */
export class Workplace {
  /** Resolves when what others left on the engine is gone. */
  readonly swept: Promise<void>
  readonly #client: DockerClient
  readonly #settings: DockerSettings
  readonly #image: string
  readonly #starts: Starts
  readonly #labels: Readonly<Record<string, string>>
  readonly #workVolume: string | undefined
  readonly #closing = new AbortController()
  /** Those of which a container may share the working directory. */
  readonly #made = new Set<ProgramSlot>()
  /** The one that is being made with a working directory of its own. */
  #founding: Promise<ProgramSlot> | undefined
  /** What does the shell's work, once the image was seen to have none. */
  #tools: Tools | undefined

  private constructor(
    client: DockerClient,
    settings: DockerSettings,
    image: string,
    starts: Starts,
    labels: Readonly<Record<string, string>>,
    workVolume: string | undefined,
  ) {
    this.#labels = labels
    this.#client = client
    this.#settings = settings
    this.#image = image
    this.#starts = starts
    this.#workVolume = workVolume
    this.swept = sweep(client).catch((cause: unknown) => {
      throw engineError(cause, 'looking for what an earlier process left')
    })
    this.swept.catch(() => {}) // whoever opens looks at it when the rest is done
  }

  /** Reaches the engine and makes sure of the image. @throws see `connectDocker`, `engineError`, `IMAGE_UNAVAILABLE` */
  static async open(settings: DockerSettings, starts: Starts, signal: AbortSignal): Promise<Workplace> {
    const client = await connectDocker(settings.docker)
    const labels = ownerLabels()
    const image = await chooseImage(client, settings, signal)
    const workVolume = settings.workDirIsVolume || settings.reuseContainer ? undefined : await makeWorkVolume(client, settings, labels)
    return new Workplace(client, settings, image, starts, labels, workVolume)
  }

  /** Whether the working directory is there without any container. */
  get workDirOutlives(): boolean {
    return this.#settings.workDirIsVolume
  }

  /**
   * Makes a container and what runs programs in it. It shares the working directory of another one that lives; where none
   * does, the directory is new, and who comes meanwhile waits to share it, so that there are never two.
   */
  async makeSlot(number: number): Promise<ProgramSlot> {
    for (let other = this.#anyLiving(); other !== undefined; other = this.#anyLiving()) {
      try {
        return await this.#makeSlot(number, other)
      } catch (error) {
        const isGone = other.living.isOver || (CodeExecutorError.is(error) && error.message.includes(other.living.container.id))
        if (!isGone) throw error
        this.#made.delete(other)
      }
    }
    if (this.#founding) {
      await this.#founding.catch(() => {})
      return this.makeSlot(number)
    }
    this.#founding = this.#makeSlot(number)
    try {
      return await this.#founding
    } finally {
      this.#founding = undefined
    }
  }

  #anyLiving(): ProgramSlot | undefined {
    for (const slot of this.#made) {
      if (!slot.living.isOver) return slot
      this.#made.delete(slot)
    }
    return undefined
  }

  async #makeSlot(number: number, other?: ProgramSlot): Promise<ProgramSlot> {
    const { containerName, initCommand } = this.#settings
    const plan = {
      settings: this.#settings,
      image: this.#image,
      name: containerName === undefined ? undefined : number === 1 ? containerName : `${containerName}-${number}`,
      labels: this.#labels,
      sharesWith: this.#workVolume === undefined ? other?.living.container.id : undefined,
      workVolume: this.#workVolume,
      tools: this.#tools,
    }
    const living = await this.#startContainer(plan)
    const home = other?.home ?? living.container.id
    if (this.#tools) return this.#remember(await this.#initialized(new PlainSlot(number, living, home, this.#settings, this.#tools)))
    try {
      const slot = await orAborted(Slot.start(number, living, home, this.#settings), this.#closing.signal)
      if (initCommand !== undefined) {
        await this.#initialize(async (task, io) => (await slot.run(task, io)).exit, initCommand)
        await slot.settled()
      }
      if (this.#starts.python) await this.#preloadPython(slot, this.#starts.python)
      if (this.#starts.node) await this.#preloadNode(slot, this.#starts.node)
      return this.#remember(slot)
    } catch (error) {
      await living.remove().catch(() => {})
      throw error
    }
  }

  #remember(slot: ProgramSlot): ProgramSlot {
    this.#made.add(slot)
    return slot
  }

  /** Starts a container; one of an image without a shell, in another way from then on. */
  async #startContainer(plan: ContainerPlan): Promise<LivingContainer> {
    try {
      return this.#settings.reuseContainer
        ? await joinOrStart(this.#client, containerConfig(plan), this.#closing.signal)
        : await LivingContainer.start(this.#client, containerConfig(plan), this.#closing.signal)
    } catch (error) {
      if (this.#tools || !isMissingExecutable(error)) throw error
      const started = await startShellless(this.#client, plan, error, this.#closing.signal)
      this.#tools = started.tools
      return started.living
    }
  }

  async #initialized(slot: PlainSlot): Promise<ProgramSlot> {
    const { initCommand, preload } = this.#settings
    if (initCommand === undefined && preload.python.length === 0 && !preload.javascript) return slot
    await slot.remove().catch(() => {})
    const argument = initCommand === undefined ? 'preload' : 'initCommand'
    const message = `${argument} needs a shell in the image, and it has no /bin/sh. Take another image, or leave ${argument} out.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument, value: initCommand ?? preload })
  }

  /** Ends what is being made. */
  async abandon(): Promise<void> {
    this.#closing.abort(new CodeExecutorError('EXECUTOR_STOPPED', 'The docker executor was stopped.', { executor: 'docker' }))
    await inTime(
      this.swept.catch(() => {}),
      SWEEP_MS,
    )
  }

  /** Removes what the containers had in common. */
  async close(): Promise<void> {
    if (this.#workVolume !== undefined) await removed(this.#client.getVolume(this.#workVolume).remove({ force: true }))
  }

  async #preloadPython(slot: Slot, start: InterpreterStart): Promise<void> {
    const { python: modules } = this.#settings.preload
    const python = await this.#find(slot, start, { title: 'Python', option: 'python' })
    await slot.preload({ python, modules, env: start.env, ...aheadBytes(this.#settings) })
    await slot.warm()
  }

  async #preloadNode(slot: Slot, start: InterpreterStart): Promise<void> {
    const node = await this.#find(slot, start, { title: 'Node', option: 'javascript' })
    const { workDir, workDirIsVolume: isVolume, oddEnvironment: odd } = this.#settings
    await slot.waitWith(new WaitingNode({ node, env: start.env }, { workDir, isVolume, odd }))
  }

  /** Where the image has an interpreter. @throws `INVALID_ARGUMENT` when it has none */
  async #find(
    slot: Slot,
    { programs }: InterpreterStart,
    { title, option }: { readonly title: string; readonly option: string },
  ): Promise<string> {
    let found = ''
    const argv = ['/bin/sh', '-c', FIND_FIRST, 'find', ...programs] as const
    const script = commandScript({ workDir: this.#settings.workDir, isVolume: false, odd: {} }, { argv, env: {} }, new Map())
    const onOutput = (chunk: Uint8Array): void => void (found += Buffer.from(chunk).toString('utf8'))
    await slot.run({ script, isOwnWork: true }, { onOutput, onError: () => {}, signal: this.#closing.signal })
    await slot.settled()
    if (found !== '') return found
    const argument = `preload.${option}`
    const message = `${argument}: the image has no ${title}; looked for ${programs.join(', ')}. Take another image, or leave it out.`
    throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument, value: this.#settings.preload })
  }

  /** Runs the command of the settings again, in a place that was emptied. */
  async initializeAgain(slots: { run(task: SlotTask, io: CommandIo): Promise<CommandExit> }): Promise<void> {
    const { initCommand } = this.#settings
    if (initCommand !== undefined) await this.#initialize((task, io) => slots.run(task, io), initCommand)
  }

  async #initialize(run: RunTask, initCommand: string): Promise<void> {
    let said = ''
    const listen = (chunk: Uint8Array): void => void (said = (said + Buffer.from(chunk).toString('utf8')).slice(-2_000))
    const command = { argv: ['/bin/sh', '-c', initCommand], env: {} } as const
    const script = commandScript(
      { workDir: this.#settings.workDir, isVolume: false, odd: this.#settings.oddEnvironment },
      command,
      new Map(),
    )
    const exit = await run({ script }, { onOutput: listen, onError: listen, signal: this.#closing.signal })
    if (exit.kind === 'exited' && exit.exitCode === 0) return
    const reason = `initCommand ended with ${describeTermination(exit)}`
    throw new CodeExecutorError('BACKEND_REJECTED', `The container is not ready: ${reason}. The end of what it said:\n${said.trim()}`, {
      executor: 'docker',
      reason,
    })
  }
}

/**
 * A process that is made ahead has a part of the memory that programs may have. gVisor counts processes by those that it sees,
 * and copies no memory ahead.
 */
function aheadBytes({ runtime, limits }: DockerSettings): { readonly aheadBytes?: number } {
  return isGvisor(runtime) ? {} : { aheadBytes: Math.floor(limits.memory * AHEAD_SHARE) }
}

/**
 * Podman takes no options for a volume without a name, and would put the working directory on the disk. A volume with a
 * name has to be removed, by us or by the next sweep.
 */
async function makeWorkVolume(client: DockerClient, settings: DockerSettings, labels: Record<string, string>): Promise<string | undefined> {
  try {
    const { Components } = await client.version()
    if (!Components?.some(({ Name }) => Name.startsWith('Podman'))) return undefined
    const name = `polyrun-${randomName(8)}`
    await client.createVolume({ Name: name, Driver: 'local', DriverOpts: workVolumeOptions(settings, 'blocks'), Labels: labels })
    return name
  } catch (cause) {
    throw engineError(cause, 'making a volume')
  }
}

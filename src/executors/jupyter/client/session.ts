import { CodeExecutorError } from '../../../core/index.ts'
import { messageOf, orAborted } from '../../../engine/index.ts'
import type { JupyterAddress, JupyterServer, KernelWatch } from '../jupyter-server.ts'
import { KernelChannel } from './channel.ts'
import { makeAgents, type Agents } from './http.ts'
import { Kernel } from './kernel.ts'
import { JupyterRest, type KernelSpec } from './rest.ts'
import { saidSince } from '../server/log-tail.ts'
import { loadServices, makeSettings, type ServerSettings } from './services.ts'

/** How often a kernel that takes its time is asked for. */
const LOOK_MS = 1_000

/** The time from when a server is reached until it is left: makes kernels, and the directory that they work in. */
export class JupyterSession {
  readonly rest: JupyterRest
  readonly specs: readonly KernelSpec[]
  readonly #server: JupyterServer
  readonly #address: JupyterAddress
  readonly #settings: ServerSettings
  readonly #agents: Agents

  private constructor(
    server: JupyterServer,
    address: JupyterAddress,
    settings: ServerSettings,
    agents: Agents,
    rest: JupyterRest,
    specs: readonly KernelSpec[],
  ) {
    this.#server = server
    this.#address = address
    this.#settings = settings
    this.#agents = agents
    this.rest = rest
    this.specs = specs
  }

  /** Starts or reaches a server and asks which kernels it has. */
  static async open(server: JupyterServer, signal: AbortSignal): Promise<JupyterSession> {
    const services = await loadServices(server.name)
    const address = await server.start({ signal })
    const agents = makeAgents(address.openStream)
    try {
      const settings = makeSettings(services, address, agents)
      const rest = new JupyterRest(server.name, services, settings)
      const { specs } = await rest.kernelSpecs(signal)
      if (address.directory) await rest.makeDirectory(address.directory.path, signal)
      return new JupyterSession(server, address, settings, agents, rest, specs)
    } catch (cause) {
      agents.close()
      await server.stop()
      throw cause
    }
  }

  /** Leaves the server: what was made there is removed, and one that is ours is ended. */
  async close(): Promise<void> {
    const { directory } = this.#address
    try {
      if (directory?.isTemporary) await this.rest.remove(directory.path)
    } catch (cause) {
      const message = `The directory ${directory?.path} is still on the Jupyter server: ${messageOf(cause)}. Remove it there.`
      throw new CodeExecutorError('CLEANUP_FAILED', message, { executor: this.#server.name, left: [directory?.path ?? ''] }, { cause })
    } finally {
      this.#agents.close()
      await this.#server.stop()
    }
  }

  /** The working directory as it was at the start. */
  async clearWorkDir(): Promise<void> {
    const { directory } = this.#address
    if (!directory?.isTemporary) return this.#server.clearWorkDir?.()
    for (const { path } of await this.rest.list(directory.path)) await this.rest.remove(path)
  }

  /** A path of a program as the server knows it. */
  pathOf(path: string): string {
    const { directory } = this.#address
    return directory === undefined ? path : `${directory.path}/${path}`
  }

  /** Starts a kernel and waits until it answers. Nothing of it is left when that fails. */
  async startKernel(name: string, interruptGraceMs: number, signal: AbortSignal): Promise<Kernel> {
    const { rest } = this
    const logBefore = this.#server.recentLog?.() ?? ''
    const id = await rest.startKernel(name, this.#address.directory?.path, signal)
    const forget = (): Promise<void> => rest.deleteKernel(id)
    let watch: KernelWatch | undefined
    let channel: KernelChannel | undefined
    try {
      watch = await this.#server.watchKernel?.(id)
      // The listeners come before the kernel that they tell, which comes with the first message.
      const made: { kernel?: Kernel } = {}
      channel = new KernelChannel(id, this.#address, this.#settings, {
        onMessage: (message) => made.kernel?.onMessage(message),
        onRestored: () => made.kernel?.onRestored(),
        onLost: (cause) => void made.kernel?.onLost(cause),
        isHopeless: async () => (await this.#server.whyLost?.()) !== undefined,
      })
      await this.#answers(id, channel, watch, signal)
      made.kernel = new Kernel({
        id,
        name,
        executor: this.#server.name,
        channel,
        watch,
        interrupt: () => rest.interruptKernel(id),
        forget,
        whyLost: async () => this.#server.whyLost?.(),
        interruptGraceMs,
      })
      return made.kernel
    } catch (cause) {
      channel?.close()
      await watch?.release()
      await forget().catch(() => {}) // what went wrong first counts
      signal.throwIfAborted()
      throw await this.#explain(name, cause, logBefore)
    }
  }

  /** Waits until the kernel answers, or is known not to. */
  async #answers(id: string, channel: KernelChannel, watch: KernelWatch | undefined, signal: AbortSignal): Promise<void> {
    const gone = Promise.withResolvers<never>()
    gone.promise.catch(() => {})
    void watch?.died.then((death) =>
      gone.reject(new Error(`it ended at once (${death.kind === 'exited' ? `exit ${death.exitCode}` : death.kind})`)),
    )
    const timer = setInterval(() => {
      void this.rest.hasKernel(id).then(
        (isThere) => isThere || gone.reject(new Error('the server says that it is dead')),
        () => {},
      )
    }, LOOK_MS)
    try {
      await orAborted(Promise.race([channel.open(), gone.promise]), signal)
    } finally {
      clearInterval(timer)
    }
  }

  async #explain(name: string, cause: unknown, logBefore: string): Promise<unknown> {
    if (CodeExecutorError.is(cause)) return cause
    const { name: executor } = this.#server
    const said = saidSince(logBefore, this.#server.recentLog?.() ?? '')
    const reason = (await this.#server.whyLost?.()) ?? `${messageOf(cause)}${said === '' ? '' : `; it said: ${said}`}`
    return new CodeExecutorError('BACKEND_UNREACHABLE', `The kernel ${name} did not start: ${reason}`, { executor }, { cause })
  }
}

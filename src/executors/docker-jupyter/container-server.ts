import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError, type Capability } from '../../core/index.ts'
import { orAborted } from '../../engine/index.ts'
import { capabilitiesOf, explainMissing } from '../docker/capabilities.ts'
import type { DockerClient, DockerContainer } from '../docker/client.ts'
import { connectDocker } from '../docker/connect.ts'
import { LivingContainer } from '../docker/container.ts'
import { engineError } from '../docker/engine-errors.ts'
import { chooseImage } from '../docker/image-choice.ts'
import { resolveProjectImage } from '../docker/images/project-images.ts'
import { ownerLabels, sweep } from '../docker/ownership.ts'
import { HOLDER_ID } from '../docker/supervisor/holder-script.ts'
import type { JupyterAddress, JupyterServer, KernelWatch } from '../jupyter/jupyter-server.ts'
import { answers } from './answers.ts'
import { ContainerKernel } from './container-kernel.ts'
import { Launcher } from './launcher/launcher.ts'
import { Relay } from './relay/relay.ts'
import { SERVER_ENVIRONMENT, SERVER_PORT, serverArguments, SOCKET_PATH } from './server-arguments.ts'
import { listeningOf, serverContainer } from './server-container.ts'
import type { ServerSettings } from './settings.ts'

const NAME = 'docker-jupyter'
const PYTHON = 'python3'
/** How often a server that starts is asked. */
const ASK_INTERVAL_MS = 15
/** Characters of the server's log that go into an error. */
const MOST_WORDS = 2_000

/** Everything of one server that runs. */
interface Running {
  readonly living: LivingContainer
  readonly launcher: Launcher
  readonly relay: Relay | undefined
}

/** A Jupyter server in a container of its own. */
export class ContainerServer implements JupyterServer {
  readonly name = NAME
  readonly isOwn = true
  readonly capabilities: ReadonlySet<Capability>
  readonly #settings: ServerSettings
  #running: Running | undefined
  #sweeping: Promise<void> = Promise.resolve()

  constructor(settings: ServerSettings) {
    this.#settings = settings
    this.capabilities = new Set([...capabilitiesOf(settings.container)].filter((capability) => !OF_KERNELS.includes(capability)))
  }

  explainMissing(capability: Capability): string {
    return explainMissing(capability)
  }

  /** @throws see `connectDocker`, `engineError`; `IMAGE_UNAVAILABLE`, `BACKEND_REJECTED` when the server ended at once */
  async start({ signal }: { readonly signal: AbortSignal }): Promise<JupyterAddress> {
    await this.stop()
    const { container: settings, port, token } = this.#settings
    const client = await connectDocker(settings.docker)
    this.#sweeping = sweep(client).catch((cause: unknown) => {
      throw engineError(cause, 'looking for what an earlier process left')
    })
    this.#sweeping.catch(() => {}) // looked at below
    const image = await this.#image(client, signal)
    const living = await LivingContainer.start(client, serverContainer(settings, image, ownerLabels(), port), signal)
    try {
      const [launcher, relay] = await bothOrNone(
        this.#launch(living.container),
        port === undefined ? this.#relay(living.container, signal) : undefined,
      )
      this.#running = { living, launcher, relay }
      const baseUrl = port === undefined ? 'http://localhost/' : `http://${port.address}:${await publishedPort(living.container)}/`
      const address = { baseUrl, token, ...(relay && { openStream: () => relay.open() }) }
      await untilReady(address, launcher, signal)
      await this.#sweeping
      return address
    } catch (error) {
      this.#running = undefined
      await living.remove().catch(() => {})
      throw error
    }
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await this.#sweeping.catch(() => {})
    running?.relay?.end()
    await running?.living.remove()
  }

  async whyLost(): Promise<string | undefined> {
    const running = this.#running
    if (running === undefined) return 'the server does not run'
    if (running.living.isOver) {
      const { outOfMemory, exitCode } = await running.living.end()
      return outOfMemory ? 'the container ran out of memory' : `the container ended${exitCode < 0 ? '' : ` with ${exitCode}`}`
    }
    if (running.launcher.isClosed) return withLog('the server in the container ended', running.launcher)
    return running.relay?.isClosed === true ? 'the way to the server in the container ended' : undefined
  }

  recentLog(): string {
    return this.#running?.launcher.log.slice(-MOST_WORDS) ?? ''
  }

  async watchKernel(kernelId: string): Promise<KernelWatch | undefined> {
    const running = this.#running
    return running && new ContainerKernel(kernelId, running.launcher, running.living, this.#settings.container.limits)
  }

  /** @throws `CLEANUP_FAILED` */
  async clearWorkDir(): Promise<void> {
    const { workDir, workDirIsVolume } = this.#settings.container
    if (workDirIsVolume || this.#running === undefined) return // what is on a volume is not ours to remove
    if (await this.#running.launcher.emptyDirectory(workDir)) return
    throw new CodeExecutorError('CLEANUP_FAILED', `The working directory ${workDir} in the container could not be emptied.`, {
      executor: NAME,
      left: [workDir],
    })
  }

  #image(client: DockerClient, signal: AbortSignal): Promise<string> {
    const { container: settings } = this.#settings
    if (settings.image !== undefined || settings.build !== undefined) return chooseImage(client, settings, signal)
    const { platform, onImageProgress } = settings
    return resolveProjectImage(client, 'jupyter', { signal, platform, onProgress: onImageProgress })
  }

  #launch(container: DockerContainer): Promise<Launcher> {
    const { container: settings, port, token, jupyterArgs } = this.#settings
    const { user, workDir, environment, oddEnvironment } = settings
    const args = serverArguments({ listening: listeningOf(port), workDir, token, isRoot: user.startsWith('0:'), more: jupyterArgs })
    return Launcher.start(container, {
      python: PYTHON,
      user,
      workDir,
      args,
      env: { ...SERVER_ENVIRONMENT, ...environment, ...oddEnvironment },
    })
  }

  /** As the holder's user, whom no kernel can signal or read, and of the server's group, which may use its socket. */
  #relay(container: DockerContainer, signal: AbortSignal): Promise<Relay> {
    const group = this.#settings.container.user.split(':')[1] ?? ''
    return Relay.start(container, { python: PYTHON, user: `${HOLDER_ID}:${group}`, socketPath: SOCKET_PATH }, signal)
  }
}

/** What a kernel can do or not, whatever holds it. */
const OF_KERNELS: readonly Capability[] = ['stdin', 'persistent-state', 'display']

/** Readiness is an answer. @throws `BACKEND_REJECTED` when the server ends before it answers; the signal's reason */
async function untilReady(address: JupyterAddress, launcher: Launcher, signal: AbortSignal): Promise<void> {
  while (!(await answers(address, signal))) {
    if (launcher.isClosed) {
      const reason = withLog('it ended at once', launcher)
      throw new CodeExecutorError(
        'BACKEND_REJECTED',
        `The Jupyter server in the container did not start: ${reason} The image needs python3 with jupyter-server, as images/jupyter has them.`,
        {
          executor: NAME,
          reason,
        },
      )
    }
    await orAborted(delay(ASK_INTERVAL_MS), signal)
  }
}

function withLog(what: string, { log }: Launcher): string {
  return log === '' ? `${what}.` : `${what}. The end of what it said:\n${log.slice(-MOST_WORDS)}`
}

/** The port that the engine chose. @throws `BACKEND_REJECTED` when there is none */
async function publishedPort(container: DockerContainer): Promise<string> {
  const { NetworkSettings } = await container.inspect()
  const [binding] = NetworkSettings?.Ports?.[`${SERVER_PORT}/tcp`] ?? []
  if (binding !== undefined) return binding.HostPort
  const reason = 'the engine published no port'
  throw new CodeExecutorError('BACKEND_REJECTED', `${NAME}: ${reason}. Leave portRange out, or see the network's options.`, {
    executor: NAME,
    reason,
  })
}

/** When one fails the other one is waited for, so that nothing goes on in a container that is being removed. */
async function bothOrNone<A, B>(first: Promise<A>, second: Promise<B> | undefined): Promise<[A, B | undefined]> {
  const [a, b] = await Promise.allSettled([first, second])
  if (a.status === 'rejected') throw a.reason
  if (b.status === 'rejected') throw b.reason
  return [a.value, b.value]
}

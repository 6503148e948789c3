import { CodeExecutorError } from '../../core/index.ts'
import type { DockerContainer } from './client.ts'
import { Channel, type ExecPlace, type OutputListener, type ProcessConfig, type RunningProcess } from './exec-channel.ts'

/** How long the engine may take to hand on the last words of a container's processes when the container has ended. */
export const LAST_WORDS_MS = 2_000

/**
 * The channels to the processes that were started in one container. They are closed when it is over: an engine may leave
 * one open whose process is gone, as was seen with gVisor, and may never answer a request that came at the last moment.
 */
export class Channels implements ExecPlace {
  readonly #container: DockerContainer
  readonly #open = new Set<Channel>()
  readonly #over = Promise.withResolvers<never>()
  #isOver = false

  constructor(container: DockerContainer) {
    this.#container = container
    this.#over.promise.catch(() => {}) // only who waits for an answer looks at it
  }

  /** Starts a process. @throws see {@link Channel.exec}, and `BACKEND_LOST` when the container is over meanwhile */
  async exec(config: ProcessConfig, listener: OutputListener): Promise<Channel> {
    return (await this.start(config, listener)).channel
  }

  /** @throws as {@link exec} */
  async start(config: ProcessConfig, listener: OutputListener): Promise<RunningProcess> {
    const starting = Channel.exec(this.#container, config, listener)
    starting.then(
      ({ channel }) => this.#keep(channel),
      () => {},
    )
    return Promise.race([starting, this.#over.promise])
  }

  /** The container has ended: what its processes said may still come, for a moment. */
  closeSoon(): void {
    setTimeout(() => this.close(), LAST_WORDS_MS).unref()
  }

  /** Closes all of them, and those that come. */
  close(): void {
    this.#isOver = true
    this.#over.reject(
      new CodeExecutorError('BACKEND_LOST', 'The container ended. Run it again if it may run twice.', { executor: 'docker' }),
    )
    for (const channel of this.#open) channel.destroy()
  }

  #keep(channel: Channel): void {
    if (this.#isOver) return channel.destroy()
    this.#open.add(channel)
    void channel.closed.then(() => this.#open.delete(channel))
  }
}

import { randomUUID } from 'node:crypto'
import Docker from 'dockerode'
import type { SandboxHost } from './docker-runner.ts'
import type { AzureSettings } from './options.ts'

/** On everything that stand-ins make on an engine; the value is another one for each. */
const LABEL = 'polyrun.azure-stand-in'

/** What can be asked of the engine at all. */
const IMAGE_NAME = /^[\w./:@-]+$/

/** The engine of the tests, as the machines of a data center. */
export class EngineHost {
  readonly sandbox: SandboxHost
  /** On the containers and volumes of this one, and on no others. */
  readonly label: string
  readonly #docker: Docker

  private constructor(docker: Docker, cores: number, { images, network, shares }: AzureSettings) {
    const id = randomUUID()
    this.#docker = docker
    this.label = `${LABEL}=${id}`
    this.sandbox = { docker, labels: { [LABEL]: id }, imageOf: (image) => images[image] ?? image, cores, network, shares }
  }

  static async connect(socketPath: string, settings: AzureSettings): Promise<EngineHost> {
    const docker = new Docker({ socketPath })
    const { NCPU: cores } = (await docker.info()) as { readonly NCPU: number }
    return new EngineHost(docker, cores, settings)
  }

  /** The digest of an image, `undefined` for one that the engine has not. */
  async findImage(image: string): Promise<string | undefined> {
    if (!IMAGE_NAME.test(image)) return undefined
    try {
      return (await this.#docker.getImage(this.sandbox.imageOf(image)).inspect()).Id
    } catch (error) {
      const { statusCode = 500 } = error as { statusCode?: number }
      // A name that is none is an image that is not there.
      if (statusCode >= 400 && statusCode < 500) return undefined
      throw error
    }
  }

  /** The net below everything: what is left, file shares included. */
  async removeAll(): Promise<void> {
    const filters = { label: [this.label] }
    const containers = await this.#docker.listContainers({ all: true, filters })
    await Promise.all(containers.map(({ Id }) => this.#docker.getContainer(Id).remove({ force: true, v: true })))
    const { Volumes: volumes } = await this.#docker.listVolumes({ filters })
    await Promise.all(volumes.map(({ Name }) => this.#docker.getVolume(Name).remove({ force: true })))
  }
}

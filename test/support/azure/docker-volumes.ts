import { createHash } from 'node:crypto'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { buffer } from 'node:stream/consumers'
import type { VolumeBody } from './wire.ts'

/** Azure file shares that exist: `account/share`, and the key of the account. What is written there stays. */
export type Shares = Readonly<Record<string, { readonly key: string }>>

/** Why a group's volumes cannot be mounted, in the words of the service. */
export class MountError extends Error {}

interface Host {
  readonly docker: Docker
  readonly labels: Readonly<Record<string, string>>
  readonly shares: Shares
}

/** The volumes of one group as volumes of the engine. */
export class SandboxVolumes {
  readonly #host: Host
  readonly #prefix: string
  readonly #volumes: readonly VolumeBody[]

  constructor(host: Host, prefix: string, volumes: readonly VolumeBody[]) {
    this.#host = host
    this.#prefix = prefix
    this.#volumes = volumes
  }

  /**
   * Makes them and puts the secrets in.
   *
   * @param image - any image of the engine: a container of it carries the files and never starts
   */
  async fill(image: string): Promise<void> {
    for (const volume of this.#volumes) this.#checkMount(volume)
    if (this.#volumes.length === 0) return
    await Promise.all(
      this.#volumes.map(({ name }) => this.#host.docker.createVolume({ Name: this.#nameOf(name), Labels: this.#host.labels })),
    )
    const carrier = await this.#host.docker.createContainer({
      Image: image,
      Entrypoint: ['none'],
      Labels: this.#host.labels,
      HostConfig: { Binds: this.#volumes.map(({ name }) => `${this.#nameOf(name)}:/volumes/${name}:nocopy`), NetworkMode: 'none' },
    })
    try {
      const files = this.#volumes.map(({ name, secret }) => ({ name, secret: secret ?? {} }))
      await carrier.putArchive(await archive(files), { path: '/volumes' })
    } finally {
      await carrier.remove({ force: true })
    }
  }

  /** The mount as an entry of `Binds`. Secrets cannot be written to. */
  bind(mount: { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }): string {
    const volume = this.#volumes.find(({ name }) => name === mount.name)
    const readOnly = mount.readOnly === true || volume?.secret !== undefined || volume?.azureFile?.readOnly === true
    return `${this.#nameOf(mount.name)}:${mount.mountPath}:nocopy${readOnly ? ',ro' : ''}`
  }

  async remove(): Promise<void> {
    const own = this.#volumes.filter(({ azureFile }) => azureFile === undefined)
    await Promise.all(
      own.map(({ name }) =>
        this.#host.docker
          .getVolume(this.#nameOf(name))
          .remove({ force: true })
          .catch(() => undefined),
      ),
    )
  }

  #checkMount({ azureFile }: VolumeBody): void {
    if (azureFile === undefined) return
    const share = this.#host.shares[`${azureFile.storageAccountName}/${azureFile.shareName}`]
    if (share === undefined) throw new MountError('Output: mount error(2): No such file or directory')
    if (share.key !== azureFile.storageAccountKey) throw new MountError('Output: mount error(13): Permission denied')
  }

  /** A share is the same volume for every group of this stand-in. */
  #nameOf(name: string): string {
    const share = this.#volumes.find((volume) => volume.name === name)?.azureFile
    if (share === undefined) return `${this.#prefix}-${name}`
    const id = Object.values(this.#host.labels).join('-')
    return `azure-share-${createHash('sha256').update(`${id}/${share.storageAccountName}/${share.shareName}`).digest('hex').slice(0, 24)}`
  }
}

async function archive(volumes: readonly { readonly name: string; readonly secret: Readonly<Record<string, string>> }[]): Promise<Buffer> {
  const tar = pack()
  const read = buffer(tar)
  for (const { name, secret } of volumes) {
    // Everybody may write into an empty directory, whoever the image runs as.
    tar.entry({ name: `${name}/`, type: 'directory', mode: 0o777 })
    for (const [file, content] of Object.entries(secret))
      tar.entry({ name: `${name}/${file}`, mode: 0o644 }, Buffer.from(content, 'base64'))
  }
  tar.finalize()
  return await read
}

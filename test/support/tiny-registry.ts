import { createHash } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { onTestFinished } from 'vitest'

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

/** A registry on this machine with one image, `name:1`, of one file. Engines take one on 127.0.0.1 without encryption. */
export interface TinyRegistry {
  /** The image's name, with the registry's. */
  readonly image: string
  /** How often the image was asked for. */
  readonly asked: () => number
}

/** Who may fetch from a registry that wants a login. */
export const READER = { username: 'reader', password: 'a:secret' }

const BASIC = `Basic ${Buffer.from(`${READER.username}:${READER.password}`).toString('base64')}`

/** What is wrong with a registry. */
export type Trouble = 'none' | 'wants a login' | 'lacks the layer' | 'never sends the layer'

/** Starts one that is gone after the test. Its image has the given text in a file, so that no two are the same. */
export async function startRegistry(content: string, trouble: Trouble = 'none'): Promise<TinyRegistry> {
  const layer = gzipSync(await tarOf('content', content))
  const config = Buffer.from(JSON.stringify(configOf(await tarOf('content', content))))
  const manifest = Buffer.from(JSON.stringify(manifestOf(config, layer)))
  const blobs = new Map([config, layer].map((blob) => [digestOf(blob), blob]))
  let asked = 0
  const server = createServer((request, response) => {
    const [, kind, reference = ''] = /^\/v2\/name\/(manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? []
    if (trouble === 'wants a login' && request.headers.authorization !== BASIC)
      return refuse(response, 401, 'UNAUTHORIZED', 'authentication required')
    if (kind === undefined) return void response.end('{}')
    if (kind === 'manifests') {
      asked += 1
      if (reference !== '1' && reference !== digestOf(manifest)) return refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown')
      const headers = { 'Content-Type': MANIFEST, 'Content-Length': manifest.length, 'Docker-Content-Digest': digestOf(manifest) }
      return void response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : manifest)
    }
    const blob = blobs.get(reference)
    if (blob === undefined || (blob === layer && trouble === 'lacks the layer'))
      return refuse(response, 404, 'BLOB_UNKNOWN', 'blob unknown')
    response.writeHead(200, { 'Content-Length': blob.length })
    if (blob === layer && trouble === 'never sends the layer') response.flushHeaders()
    else response.end(blob)
  })
  const port = await listen(server)
  return { image: `127.0.0.1:${port}/name:1`, asked: () => asked }
}

/** As the specification of registries has it. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...(status === 401 && { 'WWW-Authenticate': 'Basic realm="tiny"' }) })
  response.end(JSON.stringify({ errors: [{ code, message }] }))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function tarOf(name: string, content: string): Promise<Buffer> {
  const archive = pack()
  archive.entry({ name, mtime: new Date(0) }, content)
  archive.finalize()
  return await buffer(archive)
}

function configOf(layer: Buffer): object {
  return { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } }
}

function manifestOf(config: Buffer, layer: Buffer): object {
  const image = { mediaType: 'application/vnd.docker.container.image.v1+json', size: config.length, digest: digestOf(config) }
  const layers = [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', size: layer.length, digest: digestOf(layer) }]
  return { schemaVersion: 2, mediaType: MANIFEST, config: image, layers }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

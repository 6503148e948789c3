import { constants } from 'node:os'
import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { SIGNAL_WORDS } from '../../../src/executors/e2b/process-end.ts'
import { MessageStream, readBody, readEnveloped, WireError } from './connect-wire.ts'
import type { SandboxPlace } from './place.ts'

interface StartMessage {
  readonly process: {
    readonly cmd: string
    readonly args?: readonly string[]
    readonly envs?: Readonly<Record<string, string>>
    readonly cwd?: string
  }
  readonly stdin?: boolean
}

/** The service in a sandbox: processes over Connect, files over HTTP, and whether it lives. */
export class Envd {
  readonly #place: SandboxPlace
  readonly #running = new Map<number, { kill(signal: NodeJS.Signals): boolean }>()
  /** Streams to clients, to be cut. */
  readonly #responses = new Set<ServerResponse>()
  /** Users that are refused, as a template without them does. */
  readonly unknownUsers = new Set<string>()
  /** What the next signal is answered with instead of doing it. */
  signalFault: 'ignored' | undefined
  /** The answer to the next upload. */
  uploadFault: { readonly status: number; readonly message: string } | undefined

  constructor(place: SandboxPlace) {
    this.#place = place
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    this.#responses.add(response)
    response.once('close', () => this.#responses.delete(response))
    switch (url.pathname) {
      case '/health':
        response.writeHead(204).end()
        return
      case '/process.Process/Start':
        return this.#start(request, response)
      case '/process.Process/SendSignal':
        return this.#signal(request, response)
      case '/files':
        return request.method === 'POST' ? this.#write(request, response, url) : this.#read(response, url)
      default:
        throw new WireError('unimplemented', `the stand-in has no ${url.pathname}`, 404)
    }
  }

  /** Cuts every connection, as the end of a machine or of a wire does. */
  cut(): void {
    for (const response of this.#responses) response.destroy()
  }

  async #start(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { process: wanted, stdin = false } = (await readEnveloped(request)) as StartMessage
    const stream = new MessageStream(response)
    const user = userOf(request)
    if (this.unknownUsers.has(user)) return stream.end(new WireError('unauthenticated', `invalid username: '${user}'`, 401))
    const child = this.#place.start(wanted.cmd, wanted.args ?? [], wanted.envs ?? {}, { user, cwd: wanted.cwd, stdin })
    // Everything is listened to before anything is waited for.
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => child.once('close', (...how) => resolve(how)))
    const failed = new Promise<Error>((resolve) => child.once('error', resolve))
    const outputs = [
      forward(child.stdout, (data) => stream.send({ event: { data: { stdout: data } } })),
      forward(child.stderr, (data) => stream.send({ event: { data: { stderr: data } } })),
    ]
    const { pid } = child
    if (pid === undefined) return stream.end(new WireError('invalid_argument', `error starting process: ${(await failed).message}`, 400))
    this.#running.set(pid, child)
    await stream.send({ event: { start: { pid } } })
    const [exitCode, signal] = await ended
    await Promise.all(outputs)
    this.#running.delete(pid)
    await stream.send({ event: { end: endOf(exitCode, signal) } })
    stream.end()
  }

  async #signal(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const message = JSON.parse((await readBody(request)).toString('utf8')) as { process: { pid: number }; signal: string }
    const child = this.#running.get(message.process.pid)
    if (child === undefined) throw new WireError('not_found', `process with pid ${message.process.pid} not found`, 404)
    if (this.signalFault === undefined) child.kill(message.signal.replace('SIGNAL_', '') as NodeJS.Signals)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }

  async #write(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const body = await readBody(request)
    if (this.uploadFault !== undefined)
      return answer(response, this.uploadFault.status, { code: this.uploadFault.status, message: this.uploadFault.message })
    const path = url.searchParams.get('path') ?? ''
    const host = this.#place.hostPath(path)
    if (host === undefined) throw new WireError('invalid_argument', `the stand-in writes no ${path}`, 400)
    const type = request.headers['content-type'] ?? ''
    const content = type.startsWith('multipart/form-data') ? await readFormFile(body, type) : body
    mkdirSync(dirname(host), { recursive: true })
    writeFileSync(host, content)
    answer(response, 200, [{ name: path.slice(path.lastIndexOf('/') + 1), type: 'file', path }])
  }

  async #read(response: ServerResponse, url: URL): Promise<void> {
    const path = url.searchParams.get('path') ?? ''
    const content = await readFile(this.#place.hostPath(path) ?? '').catch(() => undefined)
    if (content === undefined) return answer(response, 404, { code: 404, message: `path '${path}' does not exist` })
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': content.byteLength }).end(content)
  }
}

/** An answer of the API. */
export function answer(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

async function forward(stream: NodeJS.ReadableStream | null, send: (data: string) => Promise<void>): Promise<void> {
  for await (const chunk of (stream ?? []) as AsyncIterable<Buffer>) await send(chunk.toString('base64'))
}

async function readFormFile(body: Buffer, type: string): Promise<Buffer> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const file = form.get('file')
  if (file === null || typeof file === 'string') throw new WireError('invalid_argument', 'there is no file', 400)
  return Buffer.from(await file.arrayBuffer())
}

/** The end as Go tells it. */
function endOf(exitCode: number | null, signal: NodeJS.Signals | null): object {
  if (signal === null)
    return {
      exitCode: exitCode ?? 0,
      exited: true,
      status: `exit status ${exitCode}`,
      ...(exitCode !== 0 && { error: `exit status ${exitCode}` }),
    }
  const words = SIGNAL_WORDS.find(([, name]) => name === signal)?.[0] ?? `signal ${constants.signals[signal]}`
  return { exitCode: -1, exited: false, status: `signal: ${words}`, error: `signal: ${words}` }
}

function userOf(request: IncomingMessage): string {
  const [, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  return Buffer.from(encoded, 'base64').toString('utf8').replace(/:$/, '') || 'user'
}

import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer as createSecureServer, type Server } from 'node:https'
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Certificates } from './certificates.ts'
import type { Faults } from './faults.ts'

/** What a session is about to do once its password has come. */
export type Session =
  | {
      readonly kind: 'execstream'
      /** `undefined` where there is nothing to start a process in. */ readonly open: () => Promise<Duplex | undefined>
    }
  | { readonly kind: 'logstream'; readonly follow: Follow }

/** Tells what comes, and that nothing comes any more. @returns how to stop it */
type Follow = (listener: (chunk: Buffer) => void, end: () => void) => () => void

/** What a client is told about its session. */
export interface SessionAddress {
  readonly webSocketUri: string
  readonly password: string
}

/** Frames end in the middle of characters: this length fits none. */
const FRAME_BYTES = 1_021
/** How long the service waits for a password. */
const PASSWORD_MS = 10_000

/** The sockets of exec and attach, on a port of their own as the real ones (19390). */
export class Sockets implements AsyncDisposable {
  readonly #server: Server
  readonly #silent: NetServer
  readonly #upgrades = new WebSocketServer({ noServer: true })
  readonly #sessions = new Map<string, Session & { readonly password: string }>()
  readonly #open = new Set<Duplex>()
  readonly #faults: Faults
  #closedPort = 0

  private constructor(certificates: Certificates, faults: Faults) {
    this.#faults = faults
    this.#server = createSecureServer({ key: certificates.key, cert: certificates.cert })
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#silent = createServer((socket) => this.#keep(socket))
  }

  static async start(certificates: Certificates, faults: Faults): Promise<Sockets> {
    const sockets = new Sockets(certificates, faults)
    for (const server of [sockets.#server, sockets.#silent]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    sockets.#closedPort = (closed.address() as AddressInfo).port
    closed.close()
    return sockets
  }

  /** How many clients are connected. */
  get connected(): number {
    return this.#upgrades.clients.size
  }

  add(session: Session, query: string): SessionAddress {
    const id = randomUUID()
    const password = `${randomBytes(96).toString('base64url')}[[EOM]]`
    this.#sessions.set(id, { ...session, password })
    return { webSocketUri: `wss://localhost:${this.#port()}/${session.kind}/sessionId/${id}?api-version=1.0${query}`, password }
  }

  /** Cuts what is connected, without a word. */
  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.closeAllConnections()
    await Promise.all([this.#server, this.#silent].map((server) => new Promise((resolve) => server.close(resolve))))
  }

  #port(): number {
    if (this.#faults.take('socket-refused') !== undefined) return this.#closedPort
    const server = this.#faults.take('socket-silent') === undefined ? this.#server : this.#silent
    return (server.address() as AddressInfo).port
  }

  #keep(socket: Duplex | Socket): void {
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket)).on('error', () => undefined)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#keep(socket)
    const [, kind, id = ''] = /^\/(execstream|logstream)\/sessionId\/([^/?]+)/.exec(request.url ?? '') ?? []
    const session = this.#sessions.get(id)
    const allowed = session?.kind === kind && (session?.kind !== 'logstream' || request.headers.authorization === session.password)
    if (session === undefined || !allowed) return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    // A session is for one connection: who lost it asks for another one.
    this.#sessions.delete(id)
    this.#upgrades.handleUpgrade(request, socket, head, (client) => {
      const served = session.kind === 'execstream' ? this.#exec(client, socket, session) : this.#follow(client, session.follow)
      served.catch(() => client.terminate())
    })
  }

  async #exec(
    client: WebSocket,
    socket: Duplex,
    session: Extract<Session, { kind: 'execstream' }> & { readonly password: string },
  ): Promise<void> {
    const typed: Buffer[] = []
    let write = (data: Buffer): void => void typed.push(data)
    const first = await firstMessage(client)
    if (first?.toString() !== session.password) return client.close()
    client.on('message', (data: Buffer) => write(data))
    // It comes before everything else, and is not the end.
    client.send('')
    const terminal = await session.open()
    if (terminal === undefined) return client.close()
    client.on('close', () => terminal.destroy())
    for (const data of typed) terminal.write(data)
    write = (data) => void terminal.write(data)
    await this.#pump(terminal, client, socket)
    client.close()
  }

  /** Binary frames, cut wherever it falls. */
  async #pump(terminal: Duplex, client: WebSocket, socket: Duplex): Promise<void> {
    const cut = this.#faults.take('socket-cut')
    let left = cut === undefined ? Number.POSITIVE_INFINITY : (cut.afterBytes ?? 0)
    for await (const chunk of terminal as AsyncIterable<Buffer>) {
      for (let start = 0; start < chunk.length; start += FRAME_BYTES) {
        const frame = chunk.subarray(start, start + FRAME_BYTES)
        if (frame.length > left) return cutInFrame(socket, frame.subarray(0, left))
        left -= frame.length
        await new Promise((resolve) => client.send(frame, { binary: true }, resolve))
      }
    }
  }

  async #follow(client: WebSocket, follow: Follow): Promise<void> {
    client.send('')
    const unfollow = follow(
      (chunk) => client.send(chunk, { binary: true }),
      () => client.close(),
    )
    if (client.readyState === client.OPEN) await once(client, 'close')
    unfollow()
  }
}

/** The first message of a client: its password. */
async function firstMessage(client: WebSocket): Promise<Buffer | undefined> {
  return await new Promise((resolve) => {
    const timer = setTimeout(resolve, PASSWORD_MS, undefined)
    const settle = (data?: Buffer): void => {
      clearTimeout(timer)
      resolve(data)
    }
    client.once('message', (data: Buffer) => settle(data))
    client.once('close', () => settle())
  })
}

/** Announces more bytes than come. */
function cutInFrame(socket: Duplex, part: Buffer): void {
  const header = Buffer.from([0x82, 126, 0, 0])
  header.writeUInt16BE(part.length + 100, 2)
  socket.write(Buffer.concat([header, part]), () => socket.destroy())
}

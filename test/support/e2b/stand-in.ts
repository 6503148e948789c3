import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody, WireError } from './connect-wire.ts'
import { answer, Envd } from './envd.ts'
import { SandboxPlace } from './place.ts'

/** The version of the service in the sandboxes that is stood in for. */
const ENVD_VERSION = '0.6.4'
/** Sandboxes on one page of a list. */
const PAGE = 2

/** The key that is accepted. */
export const STAND_IN_KEY = 'e2b_0123456789abcdef'

interface NewSandbox {
  readonly templateID: string
  readonly metadata?: Record<string, string>
  readonly timeout?: number
  readonly allow_internet_access?: boolean
  readonly envVars?: Record<string, string>
}

/** One sandbox of the stand-in. */
export interface StandInSandbox {
  readonly id: string
  readonly asked: NewSandbox
  readonly place: SandboxPlace
  readonly envd: Envd
  /** When it ends by its time, as told last, in seconds from the telling. */
  timeoutSeconds: number
  /** How often its time was put off. */
  extensions: number
  timer: NodeJS.Timeout
}

/** An answer in the place of the real one. */
export interface Fault {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Does it all the same, and then answers this: an answer that was lost. */
  readonly afterwards?: boolean
  /** Never answers. */
  readonly silent?: boolean
}

/**
 * E2B on this machine: its API and the service of its sandboxes, as the npm package speaks with them. Each sandbox is a directory
 * and processes of this machine, so that files, exits and ends are real ones.
 */
export class E2BStandIn {
  readonly sandboxes = new Map<string, StandInSandbox>()
  /** Requests that were answered, such as `POST /v2/sandboxes`. */
  readonly requests: string[] = []
  /** What requests are answered instead, by `METHOD path`. One that was used is gone. */
  readonly faults = new Map<string, Fault>()
  /** Changes a sandbox before it is told of. */
  onCreate: (sandbox: StandInSandbox) => void = () => {}
  readonly #endings = new Set<Promise<void>>()
  readonly #server: Server
  #port = 0

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(): Promise<E2BStandIn> {
    const standIn = new E2BStandIn()
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve))
    standIn.#port = (standIn.#server.address() as AddressInfo).port
    return standIn
  }

  /** What an executor is told to find it. */
  get connection(): { readonly apiKey: string; readonly apiUrl: string; readonly sandboxUrl: string } {
    const url = `http://127.0.0.1:${this.#port}`
    return { apiKey: STAND_IN_KEY, apiUrl: url, sandboxUrl: url }
  }

  /** The only sandbox. */
  get only(): StandInSandbox {
    const [sandbox, ...others] = this.sandboxes.values()
    if (sandbox === undefined || others.length > 0) throw new Error(`there are ${this.sandboxes.size} sandboxes`)
    return sandbox
  }

  /** Makes one as the API does. */
  create(asked: NewSandbox): StandInSandbox {
    const id = `i${randomBytes(8).toString('hex')}`
    const place = new SandboxPlace()
    const timeoutSeconds = asked.timeout ?? 300
    const sandbox: StandInSandbox = {
      id,
      asked,
      place,
      envd: new Envd(place),
      timeoutSeconds,
      extensions: 0,
      timer: this.#endIn(id, timeoutSeconds),
    }
    this.sandboxes.set(id, sandbox)
    this.onCreate(sandbox)
    return sandbox
  }

  /** Ends a sandbox as E2B does: by its time, by a request, or because its machine failed. */
  async end(id: string): Promise<boolean> {
    const sandbox = this.sandboxes.get(id)
    if (sandbox === undefined) return false
    this.sandboxes.delete(id)
    clearTimeout(sandbox.timer)
    sandbox.envd.cut()
    const ending = sandbox.place.destroy()
    this.#endings.add(ending)
    await ending
    this.#endings.delete(ending)
    return true
  }

  async stop(): Promise<void> {
    for (const id of this.sandboxes.keys()) await this.end(id)
    await Promise.all(this.#endings)
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #endIn(id: string, seconds: number): NodeJS.Timeout {
    return setTimeout(() => void this.end(id), seconds * 1000)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const what = `${request.method} ${url.pathname.replace(/\/sandboxes\/[^/]+/, '/sandboxes/{id}')}`
      this.requests.push(what)
      const fault = this.faults.get(what)
      this.faults.delete(what)
      if (fault?.silent === true) return
      if (fault?.afterwards === true) await this.#act(request, new NoResponse(), url)
      if (fault !== undefined)
        return answer(response, fault.status, fault.body ?? { code: fault.status, message: 'as the test wants it' }, fault.headers)
      await this.#act(request, response, url)
    } catch (error) {
      if (response.headersSent) return void response.destroy()
      const { code, status, message } = error instanceof WireError ? error : new WireError('internal', String(error), 500)
      answer(response, status, { code, message })
    }
  }

  async #act(request: IncomingMessage, response: Answering, url: URL): Promise<void> {
    const id = request.headers['e2b-sandbox-id']
    if (id === undefined) return this.#api(request, response, url)
    const sandbox = this.sandboxes.get(String(id))
    // What the proxy before the sandboxes says of one that is gone.
    if (sandbox === undefined)
      return answer(response as ServerResponse, 502, { sandboxId: id, message: 'The sandbox was not found', code: 502 })
    return sandbox.envd.handle(request, response as ServerResponse, url)
  }

  async #api(request: IncomingMessage, reply: Answering, url: URL): Promise<void> {
    const response = reply as ServerResponse
    if (request.headers['x-api-key'] !== STAND_IN_KEY) return answer(response, 401, { code: 401, message: 'Invalid API key' })
    const [, , id = '', verb = ''] = url.pathname.replace(/^\/v2/, '').split('/')
    const body: unknown = request.method === 'POST' ? JSON.parse((await readBody(request)).toString('utf8') || '{}') : undefined
    if (id === '' && request.method === 'POST') return this.#create(body as NewSandbox, response)
    if (id === '') return this.#list(url, response)
    const sandbox = this.sandboxes.get(id)
    if (sandbox === undefined) return answer(response, 404, { code: 404, message: `sandbox ${id} not found` })
    if (verb === 'connect') return answer(response, 200, told(sandbox))
    if (verb === 'timeout') {
      clearTimeout(sandbox.timer)
      sandbox.timeoutSeconds = (body as { timeout: number }).timeout
      sandbox.timer = this.#endIn(id, sandbox.timeoutSeconds)
      sandbox.extensions += 1
    } else if (verb === '' && request.method === 'DELETE') {
      await this.end(id)
    } else {
      return answer(response, 404, { code: 404, message: `the stand-in has no ${request.method} ${url.pathname}` })
    }
    response.writeHead(204).end()
  }

  #create(asked: NewSandbox, response: ServerResponse): void {
    if (asked.templateID !== 'base') return answer(response, 404, { code: 404, message: `template '${asked.templateID}' not found` })
    answer(response, 201, told(this.create(asked)))
  }

  #list(url: URL, response: ServerResponse): void {
    const wanted = [...new URLSearchParams(url.searchParams.get('metadata') ?? '')].map((pair) =>
      pair.map((each) => decodeURIComponent(each)),
    )
    const found = [...this.sandboxes.values()].filter(({ asked }) => wanted.every(([name = '', value]) => asked.metadata?.[name] === value))
    const from = Number(url.searchParams.get('nextToken') ?? 0)
    const page = found.slice(from, from + PAGE).map(({ id, asked }) => ({
      ...{
        sandboxID: id,
        templateID: asked.templateID,
        clientID: 'x',
        metadata: asked.metadata,
        state: 'running',
        envdVersion: ENVD_VERSION,
      },
      ...{ startedAt: new Date().toISOString(), endAt: new Date().toISOString(), cpuCount: 2, memoryMB: 512, diskSizeMB: 512 },
    }))
    answer(response, 200, page, from + PAGE < found.length ? { 'x-next-token': String(from + PAGE) } : {})
  }
}

/** What the API tells of a sandbox to whoever is to use it. */
function told({ id, asked }: StandInSandbox): object {
  return { sandboxID: id, templateID: asked.templateID, clientID: 'x', envdVersion: ENVD_VERSION, envdAccessToken: 'token', domain: null }
}

type Answering = Pick<ServerResponse, 'writeHead' | 'end'>

/** Takes an answer that nobody is to get. */
class NoResponse {
  writeHead(): never {
    return this as never
  }

  end(): never {
    return this as never
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError } from '../../../core/index.ts'
import { messageOf } from '../../../engine/index.ts'
import { isRecord } from './messages.ts'
import type { JupyterServices, ServerSettings } from './services.ts'

/** A kernel that a server can start. */
export interface KernelSpec {
  readonly name: string
  readonly displayName: string
  readonly language: string
}

/** How long a request may take that is no start of a kernel. */
const REQUEST_LIMIT_MS = 30_000
/** How often a server that fails is asked to end a kernel, and what is waited in between. */
const DELETIONS = 4
const PAUSE_MS = 250
/** The most of a server's own words that go into a message. */
const MOST_WORDS = 600

/**
 * The HTTP interface of a Jupyter server.
 * @see https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html
 */
export class JupyterRest {
  readonly #executor: string
  readonly #services: JupyterServices
  readonly #settings: ServerSettings

  constructor(executor: string, services: JupyterServices, settings: ServerSettings) {
    this.#executor = executor
    this.#services = services
    this.#settings = settings
  }

  /** Which kernels there are, and the one that the server takes when none is named. */
  async kernelSpecs(signal: AbortSignal): Promise<{ readonly specs: readonly KernelSpec[]; readonly defaultName: string }> {
    const answer = await this.#json('GET', 'api/kernelspecs', undefined, signal)
    const { kernelspecs } = answer
    if (!isRecord(kernelspecs)) throw this.#violation('api/kernelspecs', 'has no kernelspecs')
    const specs = Object.entries(kernelspecs).flatMap(([name, each]) => {
      const spec = isRecord(each) && isRecord(each['spec']) ? each['spec'] : {}
      return [{ name, displayName: textOf(spec['display_name']), language: textOf(spec['language']) }]
    })
    return { specs, defaultName: textOf(answer['default']) }
  }

  /** Starts a kernel and returns its id. */
  async startKernel(name: string, directory: string | undefined, signal: AbortSignal): Promise<string> {
    const body = { name, ...(directory !== undefined && { path: directory }) }
    const { id } = await this.#json('POST', 'api/kernels', body, signal)
    if (typeof id !== 'string' || id === '') throw this.#violation('api/kernels', 'has no id of the kernel')
    return id
  }

  async interruptKernel(id: string): Promise<void> {
    await this.#request('POST', `api/kernels/${encodeURIComponent(id)}/interrupt`, {}, undefined)
  }

  /** Ends a kernel; one that is gone is fine. A server that fails, as it was seen to when a kernel dies at that moment, is asked again. */
  async deleteKernel(id: string): Promise<void> {
    for (let tries = DELETIONS; ; tries -= 1) {
      const answer = await this.#send('DELETE', `api/kernels/${encodeURIComponent(id)}`, undefined, undefined)
      if (answer.ok || answer.status === 404) return
      if (answer.status < 500 || tries === 1) throw await this.#refused('DELETE', 'api/kernels', answer)
      await answer.body?.cancel()
      await delay(PAUSE_MS)
    }
  }

  /** Whether the server knows a kernel. */
  async hasKernel(id: string, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#send('GET', `api/kernels/${encodeURIComponent(id)}`, undefined, signal)
    if (answer.status === 404) return false
    if (!answer.ok) throw await this.#refused('GET', 'api/kernels', answer)
    const model: unknown = await answer.json().catch(() => undefined)
    return !(isRecord(model) && model['execution_state'] === 'dead')
  }

  async makeDirectory(path: string, signal?: AbortSignal): Promise<void> {
    await this.#request('PUT', `api/contents/${encodePath(path)}`, { type: 'directory' }, signal)
  }

  async writeFile(path: string, content: Uint8Array, signal?: AbortSignal): Promise<void> {
    const body = { type: 'file', format: 'base64', content: Buffer.from(content).toString('base64') }
    await this.#request('PUT', `api/contents/${encodePath(path)}`, body, signal)
  }

  /** The names in a directory, and which of them are directories. Hidden ones a server does not tell. */
  async list(path: string): Promise<readonly { readonly path: string; readonly isDirectory: boolean }[]> {
    const { content } = await this.#json('GET', `api/contents/${encodePath(path)}?content=1`, undefined, undefined)
    if (!Array.isArray(content)) return []
    return content.flatMap((each: unknown) =>
      isRecord(each) && typeof each['path'] === 'string' ? [{ path: each['path'], isDirectory: each['type'] === 'directory' }] : [],
    )
  }

  /** Removes a file or a directory with all it holds; what is not there is fine. */
  async remove(path: string): Promise<void> {
    if (await this.#removed(path)) return
    // A server that has no bin refuses a directory that holds something.
    for (const each of await this.list(path)) await this.remove(each.path)
    if (!(await this.#removed(path))) throw new Error(`the server did not remove ${path}`)
  }

  async #removed(path: string): Promise<boolean> {
    const answer = await this.#send('DELETE', `api/contents/${encodePath(path)}`, undefined, undefined)
    return answer.ok || answer.status === 404
  }

  async #json(method: string, path: string, body: object | undefined, signal: AbortSignal | undefined): Promise<Record<string, unknown>> {
    const answer = await this.#request(method, path, body, signal)
    const text = await answer.text()
    try {
      const value: unknown = JSON.parse(text)
      if (isRecord(value)) return value
    } catch (cause) {
      throw this.#violation(path, `is no JSON but ${JSON.stringify(text.slice(0, 80))}`, cause)
    }
    throw this.#violation(path, `is no object but ${text.slice(0, 80)}`)
  }

  async #request(method: string, path: string, body: object | undefined, signal: AbortSignal | undefined): Promise<Response> {
    const answer = await this.#send(method, path, body, signal)
    if (answer.ok) return answer
    throw await this.#refused(method, path, answer)
  }

  async #send(method: string, path: string, body: object | undefined, signal: AbortSignal | undefined): Promise<Response> {
    const { baseUrl } = this.#settings
    const limit = AbortSignal.timeout(REQUEST_LIMIT_MS)
    const init: RequestInit = {
      method,
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    }
    try {
      return await this.#services.ServerConnection.makeRequest(baseUrl + path, init, this.#settings)
    } catch (cause) {
      signal?.throwIfAborted()
      const reason = limit.aborted ? `it did not answer within ${REQUEST_LIMIT_MS} ms` : messageOf(cause).replace(/\.$/, '')
      const message = `The Jupyter server at ${baseUrl} cannot be reached: ${reason}. See that it runs, and that the address is right.`
      throw new CodeExecutorError('BACKEND_UNREACHABLE', message, { executor: this.#executor }, { cause })
    }
  }

  async #refused(method: string, path: string, answer: Response): Promise<CodeExecutorError> {
    const { status } = answer
    const { baseUrl, token } = this.#settings
    const [executor, reason] = [this.#executor, `HTTP ${status}`]
    const at = `The server at ${baseUrl}`
    // A page for people to log in is where a server sends those whom it does not know.
    if ([301, 302, 303, 307, 308, 401, 403].includes(status)) {
      const hint = token === '' ? 'Give the token option' : 'Check the token option: `jupyter server list` shows that of a server'
      return new CodeExecutorError('BACKEND_REJECTED', `${at} does not let us in (HTTP ${status}). ${hint}.`, { executor, reason })
    }
    const words = await wordsOf(answer)
    if (status === 404 && path === 'api/kernelspecs') {
      const message = `${at} is no Jupyter server: it knows no api/kernelspecs. serverUrl is what comes before /api or /tree in the browser.`
      return new CodeExecutorError('BACKEND_REJECTED', message, { executor, reason })
    }
    return new CodeExecutorError('BACKEND_REJECTED', `${at} refused ${method} ${path} (HTTP ${status}): ${words}`, { executor, reason })
  }

  #violation(path: string, what: string, cause?: unknown): CodeExecutorError<'PROTOCOL_VIOLATION'> {
    const message = `What the server at ${this.#settings.baseUrl} answers to ${path} ${what}. See that the address is that of a Jupyter server, and no proxy is in between.`
    return new CodeExecutorError('PROTOCOL_VIOLATION', message, { executor: this.#executor, promise: path }, { cause })
  }
}

async function wordsOf(answer: Response): Promise<string> {
  const text = await answer.text()
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value) && typeof value['message'] === 'string') return value['message'].slice(0, MOST_WORDS)
  } catch {
    // no JSON, so its text
  }
  return text.trim().slice(0, MOST_WORDS) || answer.statusText
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

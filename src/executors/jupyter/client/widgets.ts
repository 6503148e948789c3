import { isRecord, type KernelMessage } from './messages.ts'

/** What a cell shows of a widget: the id of a model, which only the kernel has. */
export const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json'
/** Models as data. @see https://ipywidgets.readthedocs.io/en/stable/embedding.html */
export const WIDGET_STATE = 'application/vnd.jupyter.widget-state+json'

/** The most models of one kernel, and bytes of their states, that are kept; what is beyond is not there. */
const MOST_MODELS = 10_000
const MOST_BYTES = 64 * 1024 ** 2
/** How a model names another one in its state. */
const REFERENCE = /"IPY_MODEL_([^"\\]+)"/g

/** A part of a model's state that is no JSON. */
interface WidgetBuffer {
  readonly path: readonly unknown[]
  readonly encoding: 'base64'
  readonly data: string
}

interface WidgetModel {
  readonly state: Readonly<Record<string, unknown>>
  readonly buffers: readonly WidgetBuffer[]
  readonly bytes: number
}

/** The models of the widgets of one kernel, as its messages about them say. */
export class WidgetModels {
  readonly #models = new Map<string, WidgetModel>()
  #bytes = 0

  /** How many there are. */
  get size(): number {
    return this.#models.size
  }

  /** Takes a message of whatever cell, also of one that is over. */
  onMessage({ type, content, buffers }: KernelMessage): void {
    const id = content['comm_id']
    if (typeof id !== 'string') return
    const data = isRecord(content['data']) ? content['data'] : {}
    if (type === 'comm_close') this.#set(id, undefined)
    if (type === 'comm_open' && content['target_name'] === 'jupyter.widget') this.#update(id, data, buffers)
    if (type === 'comm_msg' && data['method'] === 'update' && this.#models.has(id)) this.#update(id, data, buffers)
  }

  /** A model with all that it refers to, as a notebook keeps them; `undefined` for one that is not there. */
  stateOf(id: string): object | undefined {
    if (!this.#models.has(id)) return undefined
    const found = new Map<string, object>()
    const waiting = [id]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const model = this.#models.get(next)
      if (model === undefined || found.has(next)) continue
      const { _model_name, _model_module, _model_module_version } = model.state
      found.set(next, {
        model_name: _model_name,
        model_module: _model_module,
        model_module_version: _model_module_version,
        state: model.state,
        ...(model.buffers.length > 0 && { buffers: model.buffers }),
      })
      for (const [, reference = ''] of JSON.stringify(model.state).matchAll(REFERENCE)) waiting.push(reference)
    }
    return { version_major: 2, version_minor: 0, state: Object.fromEntries(found) }
  }

  #update(id: string, data: Readonly<Record<string, unknown>>, views: readonly ArrayBufferView[]): void {
    const known = this.#models.get(id)
    const changes = isRecord(data['state']) ? data['state'] : {}
    const state = { ...known?.state, ...changes }
    const paths = Array.isArray(data['buffer_paths']) ? (data['buffer_paths'] as unknown[]) : []
    const added = paths.flatMap((path, index) => {
      const view = views[index]
      if (!Array.isArray(path) || view === undefined) return []
      const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength)
      return [{ path: path as unknown[], encoding: 'base64', data: bytes.toString('base64') } as const]
    })
    // A new value of a field takes the place of all that the old one had.
    const buffers = [...(known?.buffers ?? []).filter(({ path }) => !(String(path[0]) in changes || isAmong(path, added))), ...added]
    const bytes = JSON.stringify(state).length + buffers.reduce((sum, buffer) => sum + buffer.data.length, 0)
    this.#set(id, { state, buffers, bytes })
  }

  #set(id: string, model: WidgetModel | undefined): void {
    const before = this.#models.get(id)?.bytes ?? 0
    const isTooMuch = model !== undefined && (this.#bytes - before + model.bytes > MOST_BYTES || this.#models.size >= MOST_MODELS)
    if (isTooMuch && !this.#models.has(id)) return
    this.#bytes -= before
    this.#models.delete(id)
    if (model === undefined || isTooMuch) return
    this.#models.set(id, model)
    this.#bytes += model.bytes
  }
}

function isAmong(path: readonly unknown[], buffers: readonly WidgetBuffer[]): boolean {
  return buffers.some((each) => JSON.stringify(each.path) === JSON.stringify(path))
}

import type { CodeResult, DisplayData, ExecutionEvent } from '../core/index.ts'

/** The one key of an object that stands for bytes. A kernel's own key of that name is written with one `$` more. */
const BYTES_KEY = '$bytes'

/** A result as text that any store can hold; display data with bytes comes back as bytes. @throws `TypeError` for what JSON cannot hold */
export function serialiseResult(result: CodeResult): string {
  return JSON.stringify(pack(result))
}

/** @throws `TypeError` or `SyntaxError` for what is no serialised result */
export function deserialiseResult(text: unknown): CodeResult {
  if (typeof text !== 'string') throw new TypeError('a stored result is text')
  const result = unpack(JSON.parse(text))
  if (!isSuccess(result)) throw new TypeError('what was stored is no result of a successful run')
  return result
}

/** The events of a run that has this result, as if the program had printed everything at once. */
export function* replay(result: CodeResult): Generator<ExecutionEvent, void, undefined> {
  yield { type: 'phase-start', phase: result.phase }
  if (result.output !== '') yield { type: 'output-delta', text: result.output }
  if (result.error !== '') yield { type: 'error-delta', text: result.error }
  for (const data of result.display) yield { type: 'display', data }
  yield { type: 'end', result }
}

function pack(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value
  if (value instanceof Uint8Array) return { [BYTES_KEY]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  if (Array.isArray(value)) return value.map(pack)
  if (isPlain(value)) return mapObject(value, (key) => (isEscaped(key) ? `$${key}` : key), pack)
  throw new TypeError(`a result with a ${typeof value} that JSON cannot hold is not stored`)
}

function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(unpack)
  const bytes = (value as Record<string, unknown>)[BYTES_KEY]
  if (typeof bytes === 'string') return Uint8Array.from(Buffer.from(bytes, 'base64'))
  return mapObject(value, (key) => (isEscaped(key) ? key.slice(1) : key), unpack)
}

function isEscaped(key: string): boolean {
  return /^\$+bytes$/.test(key)
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What is `undefined` is left out, as JSON does. */
function mapObject(value: object, mapKey: (key: string) => string, mapValue: (value: unknown) => unknown): unknown {
  const entries = Object.entries(value).filter(([, content]) => content !== undefined)
  return Object.fromEntries(entries.map(([key, content]) => [mapKey(key), mapValue(content)]))
}

function isSuccess(value: unknown): value is CodeResult {
  if (typeof value !== 'object' || value === null) return false
  const { output, error, success, termination, phase, display, omittedBytes, durationMs } = value as Partial<CodeResult>
  return (
    success === true &&
    typeof output === 'string' &&
    typeof error === 'string' &&
    termination?.kind === 'exited' &&
    phase === 'run' &&
    Array.isArray(display) &&
    display.every((data: Partial<DisplayData> | null) => typeof data?.data === 'object' && typeof data.metadata === 'object') &&
    typeof omittedBytes?.output === 'number' &&
    typeof omittedBytes.error === 'number' &&
    typeof durationMs === 'number'
  )
}

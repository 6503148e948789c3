import type { DisplayData } from '../../../core/index.ts'
import { isRecord } from './messages.ts'

/** Types that a kernel sends as base64. Any other unknown type stays the text or the value that it is. */
const BINARY = /^(?:image\/(?!svg)|audio\/|video\/|font\/|application\/(?:pdf|octet-stream|zip|gzip|wasm)$)/
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

/** A MIME bundle of a kernel with its binary parts as bytes. */
export function readBundle(content: Readonly<Record<string, unknown>>): DisplayData {
  const data = isRecord(content['data']) ? content['data'] : {}
  const metadata = isRecord(content['metadata']) ? content['metadata'] : {}
  return { data: Object.fromEntries(Object.entries(data).map(([type, value]) => [type, readPart(type, value)])), metadata }
}

/** Roughly how much memory a bundle takes. */
export function sizeOf({ data }: DisplayData): number {
  return Object.values(data).reduce<number>((total, value) => total + partBytes(value), 0)
}

/** The id under which a display can be updated. */
export function displayIdOf(content: Readonly<Record<string, unknown>>): string | undefined {
  const id = isRecord(content['transient']) ? content['transient']['display_id'] : undefined
  return typeof id === 'string' && id !== '' ? id : undefined
}

function readPart(type: string, value: unknown): unknown {
  const text = Array.isArray(value) && value.every((line) => typeof line === 'string') && !type.endsWith('json') ? value.join('') : value
  if (typeof text !== 'string' || !BINARY.test(type)) return text
  // What is no base64 has been put there by the program; it is handed on as it is.
  return isBase64(text) ? new Uint8Array(Buffer.from(text, 'base64')) : text
}

/** Looks at both ends only: a picture may be large, and what is in the middle is read leniently. */
function isBase64(text: string): boolean {
  return BASE64.test(text.slice(0, 512).replaceAll('=', '')) && BASE64.test(text.slice(-512))
}

function partBytes(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value instanceof Uint8Array) return value.byteLength
  return value === undefined ? 0 : JSON.stringify(value).length
}

import { readMessage, type KernelMessage, type Printed } from './messages.ts'
import { unescapeInPlace } from './unescape.ts'

/** The protocol in which a server hands on the parts of a message as they are. */
export const V1 = 'v1.kernel.websocket.jupyter.org'

/**
 * Reads a message of that protocol out of the bytes of a frame, which are used up. What was printed is never made a text:
 * a program may print tens of megabytes at once.
 * @see https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
 */
export function readV1(frame: Buffer): KernelMessage | undefined {
  const count = readOffset(frame, 0)
  // Channel, header, parent, metadata, content, and where that ends.
  if (count < 6 || 8 * (count + 1) > frame.byteLength) return undefined
  const offsets = Array.from({ length: count }, (_, index) => readOffset(frame, index + 1))
  const part = (index: number): Buffer => frame.subarray(offsets[index], offsets[index + 1])
  const json = (index: number): unknown => JSON.parse(part(index).toString('utf8'))
  const header = json(1)
  const printed = isStream(header) ? readPrinted(part(4)) : undefined
  const message = readMessage({
    channel: part(0).toString('latin1'),
    header,
    parent_header: json(2),
    metadata: json(3),
    content: printed === undefined ? json(4) : {},
    buffers: offsets.slice(5, -1).map((_, index) => part(index + 5)),
  })
  return message && printed ? { ...message, printed } : message
}

function readOffset(frame: Buffer, index: number): number {
  return frame.byteLength < 8 * (index + 1) ? 0 : Number(frame.readBigUInt64LE(8 * index))
}

function isStream(header: unknown): boolean {
  return typeof header === 'object' && header !== null && (header as { readonly msg_type?: unknown }).msg_type === 'stream'
}

/** The content of a `stream` message, which every kernel writes in one of two orders; anything else is parsed as usual. */
const START = /^\{\s*"name"\s*:\s*"(stdout|stderr)"\s*,\s*"text"\s*:\s*"/
const SWAPPED_START = /^\{\s*"text"\s*:\s*"/
const END = /"\s*\}\s*$/
const SWAPPED_END = /"\s*,\s*"name"\s*:\s*"(stdout|stderr)"\s*\}\s*$/
/** More than the fixed parts of a content have. */
const FIXED_BYTES = 100

function readPrinted(content: Buffer): Printed | undefined {
  const head = content.subarray(0, FIXED_BYTES).toString('latin1')
  const tailStart = Math.max(0, content.byteLength - FIXED_BYTES)
  const tail = content.subarray(tailStart).toString('latin1')
  const [start, end] =
    head.startsWith('{"n') || START.test(head) ? [START.exec(head), END.exec(tail)] : [SWAPPED_START.exec(head), SWAPPED_END.exec(tail)]
  const stream = start?.[1] ?? end?.[1]
  if (!start || !end || stream === undefined) return undefined
  const text = content.subarray(start[0].length, tailStart + end.index)
  return { stream: stream === 'stderr' ? 'stderr' : 'stdout', bytes: unescapeInPlace(text) }
}

/**
 * A message of a kernel, as far as it was understood.
 * @see https://jupyter-client.readthedocs.io/en/stable/messaging.html
 */
export interface KernelMessage {
  readonly channel: string
  readonly type: string
  /** The request that it answers; empty when it answers none. */
  readonly parentId: string
  readonly content: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, unknown>>
  readonly buffers: readonly ArrayBufferView[]
  /** What was printed, for a message that is about that. */
  readonly printed?: Printed
  /** Needed to answer it. */
  readonly header: Readonly<Record<string, unknown>>
}

/** A piece of a stream, as UTF-8. */
export interface Printed {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Uint8Array
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What the client made of the bytes, checked; `undefined` when it is no message of a kernel. */
export function readMessage(raw: unknown): KernelMessage | undefined {
  if (!isRecord(raw) || !isRecord(raw['header']) || !isRecord(raw['content'])) return undefined
  const { channel, header, parent_header: parent, metadata, content, buffers } = raw
  const type = header['msg_type']
  if (typeof type !== 'string') return undefined
  const parentId = isRecord(parent) ? parent['msg_id'] : undefined
  const { name, text } = content
  const isPrinted = type === 'stream' && typeof text === 'string'
  return {
    ...(isPrinted && { printed: { stream: name === 'stderr' ? 'stderr' : 'stdout', bytes: Buffer.from(text) } as const }),
    channel: typeof channel === 'string' ? channel : '',
    type,
    parentId: typeof parentId === 'string' ? parentId : '',
    content,
    metadata: isRecord(metadata) ? metadata : {},
    buffers: Array.isArray(buffers) ? (buffers as readonly ArrayBufferView[]) : [],
    header,
  }
}

/** A message to a kernel. */
export interface Request {
  readonly channel: 'shell' | 'control' | 'stdin'
  readonly type: string
  readonly content: object
  readonly parent?: Readonly<Record<string, unknown>>
}

/** A request as the client serializes it. */
export function writeMessage({ channel, type, content, parent = {} }: Request, id: string, session: string): object {
  return {
    channel,
    header: { msg_id: id, msg_type: type, username: '', session, date: new Date().toISOString(), version: '5.3' },
    parent_header: parent,
    metadata: {},
    content,
    buffers: [],
  }
}

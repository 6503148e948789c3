import type { IncomingMessage, ServerResponse } from 'node:http'

// The Connect protocol with JSON (https://connectrpc.com/docs/protocol), as far as the package e2b speaks it.

/** The flag of the last message of a stream, which says whether it ended well. */
const END_STREAM = 2
const HEAD_BYTES = 5

/** An error as the protocol tells it. */
export class WireError extends Error {
  readonly code: string
  readonly status: number

  /** @param code - such as `not_found`; @param status - of a plain HTTP answer */
  constructor(code: string, message: string, status: number) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** Everything that a request has sent. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The one message that the client of a streaming call sends. */
export async function readEnveloped(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request)
  return JSON.parse(body.subarray(HEAD_BYTES, HEAD_BYTES + body.readUInt32BE(1)).toString('utf8'))
}

/** A stream of messages to the client. */
export class MessageStream {
  readonly #response: ServerResponse
  #room: Promise<void> | undefined

  constructor(response: ServerResponse) {
    this.#response = response
    response.writeHead(200, { 'content-type': 'application/connect+json' })
    response.flushHeaders()
  }

  /** Resolves when there is room for more. */
  async send(message: object): Promise<void> {
    if (this.#response.destroyed) return
    if (this.#response.write(envelope(0, message))) return
    this.#room ??= new Promise<void>((resolve) => {
      const over = (): void => {
        this.#room = undefined
        this.#response.off('drain', over).off('close', over)
        resolve()
      }
      this.#response.on('drain', over).on('close', over)
    })
    await this.#room
  }

  end(error?: WireError): void {
    if (this.#response.destroyed) return
    this.#response.end(envelope(END_STREAM, error === undefined ? {} : { error: { code: error.code, message: error.message } }))
  }
}

function envelope(flags: number, message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message))
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt8(flags, 0)
  head.writeUInt32BE(text.byteLength, 1)
  return Buffer.concat([head, text])
}

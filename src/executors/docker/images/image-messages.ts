import { CodeExecutorError } from '../../../core/index.ts'

/** One line of what the engine sends while it fetches or builds an image. See `POST /images/create` and `POST /build` of the Docker Engine API. */
export interface ImageMessage {
  readonly status?: string
  readonly id?: string
  readonly progressDetail?: { readonly current?: unknown; readonly total?: unknown }
  /** A part of a build's log. */
  readonly stream?: string
  /** Why it failed. The status of the answer is 200 all the same. */
  readonly error?: string
}

type Reading = { readonly [Name in keyof Omit<ImageMessage, 'progressDetail'>]: unknown } & {
  readonly progressDetail?: unknown
  readonly errorDetail?: unknown
}

/** Takes the messages out of a stream of lines, however the stream was cut into pieces. */
export class ImageMessages {
  readonly #decoder = new TextDecoder()
  #open = ''

  /** The messages that this piece completes. @throws `PROTOCOL_VIOLATION` for a line that is no JSON object */
  push(chunk: Uint8Array): readonly ImageMessage[] {
    const lines = (this.#open + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#open = lines.pop() ?? ''
    return lines.flatMap(readMessage)
  }

  /** The message that no line break followed. @throws as {@link push} */
  end(): readonly ImageMessage[] {
    const line = this.#open + this.#decoder.decode()
    this.#open = ''
    return readMessage(line)
  }
}

function readMessage(line: string): readonly ImageMessage[] {
  if (line.trim() === '') return []
  const { status, id, progressDetail, stream, error, errorDetail } = parseObject(line)
  const reason = [isObject(errorDetail) ? errorDetail['message'] : undefined, error].find((text) => typeof text === 'string' && text !== '')
  return [
    {
      ...(typeof status === 'string' && { status }),
      ...(typeof id === 'string' && { id }),
      ...(isObject(progressDetail) && { progressDetail }),
      ...(typeof stream === 'string' && { stream }),
      ...(typeof reason === 'string' && { error: reason }),
    },
  ]
}

function parseObject(line: string): Reading {
  try {
    const value: unknown = JSON.parse(line)
    if (isObject(value)) return value
  } catch {
    // told below
  }
  const promise = 'what it tells of an image is one JSON object per line'
  throw new CodeExecutorError('PROTOCOL_VIOLATION', `The container engine broke its protocol: ${promise}.`, { executor: 'docker', promise })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { TextPart } from './file-backend.ts'
import { FileProblem } from './file-failure.ts'
import { FILE_LIMITS } from './file-limits.ts'
import type { FileStore, StoreCall, StoreEntry } from './file-store.ts'

const LINE_FEED = 10
const FIRST_BYTES = 64 * 1024
const NEXT_BYTES = 1024 ** 2

/** Which lines of a file. */
export interface LineRange {
  readonly offset: number
  readonly limit: number
  readonly limitBytes: number
}

/** Reads whole lines of a text file, and of the file no more than is needed. @throws FileProblem also `not_text`, `too_large` */
export async function readLines(store: FileStore, path: string, range: LineRange, call: StoreCall): Promise<Omit<TextPart, 'path'>> {
  const taker = new LineTaker(range)
  let [position, length] = [0, FIRST_BYTES]
  for (;;) {
    const { bytes, entry } = await store.read(path, { offset: position, length }, call)
    if (bytes.includes(0)) throw new FileProblem('not_text', path, 'is a binary file')
    const isDone = taker.push(bytes, position + bytes.byteLength >= entry.sizeBytes)
    position += bytes.byteLength
    if (isDone || bytes.byteLength < length) return finish(path, range, taker, entry)
    if (position >= FILE_LIMITS.lineScanBytes)
      throw new FileProblem('too_large', path, `is too long to look for line ${range.offset}; read its bytes`)
    length = NEXT_BYTES
  }
}

/** Bytes as UTF-8. @throws FileProblem `not_text` */
export function decodeText(path: string, bytes: Uint8Array): string {
  try {
    if (!bytes.includes(0)) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new FileProblem('not_text', path, 'is not UTF-8', { cause })
  }
  throw new FileProblem('not_text', path, 'is a binary file')
}

function finish(path: string, { offset }: LineRange, taker: LineTaker, entry: StoreEntry): Omit<TextPart, 'path'> {
  return {
    text: decodeText(path, taker.bytes),
    offset,
    lines: taker.lines,
    truncated: taker.nextLine !== undefined,
    ...(taker.nextLine !== undefined && { nextOffset: taker.nextLine }),
    ...(taker.lineCut && { lineCut: true }),
    sizeBytes: entry.sizeBytes,
    version: entry.version,
  }
}

/** Takes the lines that are asked for out of chunks of bytes. */
class LineTaker {
  readonly #range: LineRange
  readonly #kept: Uint8Array[] = []
  #keptBytes = 0
  /** The number of the line that is being read, and how much was kept when it began. */
  #line = 0
  #lineStart = 0
  #inLine = false
  nextLine: number | undefined
  lineCut = false

  constructor(range: LineRange) {
    this.#range = range
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#kept).subarray(0, this.#keptBytes)
  }

  get lines(): number {
    const end = this.#line + (this.#inLine && this.nextLine === undefined ? 1 : 0)
    return Math.max(0, (this.lineCut ? this.#line + 1 : end) - this.#range.offset)
  }

  /** Whether nothing more is needed. */
  push(chunk: Uint8Array, isLast: boolean): boolean {
    const { offset, limit } = this.#range
    for (let at = 0; at < chunk.byteLength;) {
      if (this.#line >= offset + limit) {
        this.nextLine = this.#line
        return true
      }
      const feed = chunk.indexOf(LINE_FEED, at)
      const end = feed < 0 ? chunk.byteLength : feed + 1
      if (this.#line >= offset && !this.#keep(chunk.subarray(at, end))) return true
      this.#inLine = feed < 0
      if (feed >= 0) {
        this.#line += 1
        this.#lineStart = this.#keptBytes
      }
      at = end
    }
    if (isLast || this.#line < offset + limit) return isLast
    this.nextLine = this.#line
    return true
  }

  /** Keeps a part of a line, unless the line does not fit; the first one is then cut. */
  #keep(part: Uint8Array): boolean {
    const { limitBytes } = this.#range
    if (this.#keptBytes + part.byteLength <= limitBytes) {
      this.#kept.push(part)
      this.#keptBytes += part.byteLength
      return true
    }
    this.nextLine = this.#line
    if (this.#lineStart > 0) {
      this.#keptBytes = this.#lineStart
      return false
    }
    const all = Buffer.concat([...this.#kept, part])
    let cut = limitBytes
    while (cut > 0 && ((all[cut] ?? 0) & 0xc0) === 0x80) cut -= 1 // not within a character
    this.#kept.splice(0, this.#kept.length, all)
    this.#keptBytes = cut
    this.lineCut = true
    this.nextLine = this.#line + 1
    return false
  }
}

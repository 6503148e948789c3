/** What is kept of one line. Longer ones come back cut (https://github.com/Azure/azure-cli/issues/5163). */
const LINE_BYTES = 8_192
/** What is kept of a container that runs. */
const RUNNING_BYTES = 4 * 1024 * 1024
/** What is left of a container that has stopped: the smaller of the two. */
const STOPPED = { bytes: 16 * 1024, lines: 1_000 } as const

interface Line {
  readonly at: string
  readonly bytes: Buffer
}

/**
 * The log of one container, both streams in one text in the order in which they came. It forgets the oldest, and most of
 * all as soon as the container has stopped: that is how the real one loses output that nobody read in time.
 */
export class LogBuffer {
  #lines: Line[] = []
  #bytes = 0
  /** The start of the line that is being written, and whether more of it was left out. */
  #open: Buffer[] = []
  #openBytes = 0

  write(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#extend(chunk.subarray(start, end))
      this.#finishLine(true)
      start = end + 1
    }
    if (start < chunk.length) this.#extend(chunk.subarray(start))
  }

  /** From now on nearly everything is gone. */
  stop(): void {
    if (this.#openBytes > 0) this.#finishLine(false)
    this.#lines = this.#lines.slice(-STOPPED.lines)
    this.#bytes = this.#lines.reduce((sum, { bytes }) => sum + bytes.length, 0)
    this.#shrink(STOPPED.bytes)
  }

  /** A container that starts again has a new log. */
  clear(): void {
    this.#lines = []
    this.#bytes = 0
    this.#open = []
    this.#openBytes = 0
  }

  /** @param tail - only the last lines, that many */
  read(tail?: number, timestamps = false): string {
    const lines = this.#openBytes > 0 ? [...this.#lines, { at: now(), bytes: Buffer.concat(this.#open) }] : this.#lines
    const wanted = tail === undefined ? lines : lines.slice(-tail)
    const parts = wanted.flatMap(({ at, bytes }) => (timestamps ? [Buffer.from(`${at} `), bytes] : [bytes]))
    return Buffer.concat(parts).toString('utf8')
  }

  #extend(part: Buffer): void {
    const room = LINE_BYTES - this.#openBytes
    if (room <= 0) return
    const kept = Buffer.from(part.subarray(0, room))
    this.#open.push(kept)
    this.#openBytes += kept.length
  }

  #finishLine(ended: boolean): void {
    const bytes = Buffer.concat(ended ? [...this.#open, Buffer.from('\n')] : this.#open)
    this.#open = []
    this.#openBytes = 0
    this.#lines.push({ at: now(), bytes })
    this.#bytes += bytes.length
    if (this.#bytes > RUNNING_BYTES) this.#shrink(RUNNING_BYTES)
  }

  /** The oldest goes, in the middle of a line if need be. */
  #shrink(limit: number): void {
    let gone = 0
    while (this.#bytes > limit) {
      const line = this.#lines[gone]
      if (line === undefined) break
      const excess = this.#bytes - limit
      if (line.bytes.length > excess) {
        this.#lines[gone] = { at: line.at, bytes: line.bytes.subarray(excess) }
        this.#bytes -= excess
      } else {
        gone += 1
        this.#bytes -= line.bytes.length
      }
    }
    if (gone > 0) this.#lines.splice(0, gone)
  }
}

function now(): string {
  return new Date().toISOString()
}

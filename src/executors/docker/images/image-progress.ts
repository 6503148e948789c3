import { stripVTControlCharacters } from 'node:util'
import type { ImageMessage } from './image-messages.ts'

/** What happens to an image while it is fetched or built. */
export interface ImageProgress {
  /** The image, as it was asked for. */
  readonly image: string
  /** What is being done to it. */
  readonly task: 'pull' | 'build'
  /** The engine's own words, one line without control characters. */
  readonly status: string
  /** The layer that the line is about, by the start of its digest. */
  readonly layer?: string
  /** How much of the layer is done, in bytes. */
  readonly currentBytes?: number
  /** How large the layer is, in bytes; absent where the engine does not know yet. */
  readonly totalBytes?: number
  /** The step of a build, from 1 on; of every line that belongs to it. */
  readonly step?: number
  /** How many steps the build has. */
  readonly steps?: number
}

/** So much of a log tells why a build failed. */
const TAIL_LINES = 20
const MAX_LINE_LENGTH = 500
const LAYER = /^[0-9a-f]{12,64}$/
/** In the words of Docker, and of Podman. */
const STEP = /^step (\d+)\/(\d+) ?:/i

/** Turns messages of the engine into progress, and keeps the end of what was said. */
export class ProgressReader {
  readonly #subject: Pick<ImageProgress, 'image' | 'task'>
  readonly #tail: string[] = []
  #step: Pick<ImageProgress, 'step' | 'steps'> = {}
  #open = ''

  constructor(subject: Pick<ImageProgress, 'image' | 'task'>) {
    this.#subject = subject
  }

  /** The last lines of a build's log. */
  get tail(): readonly string[] {
    const open = readLine(this.#open)
    return open === '' ? this.#tail : [...this.#tail.slice(1 - TAIL_LINES), open]
  }

  /** What a message tells: for the output of a build one entry per line that it ends. */
  read({ status, id, progressDetail, stream }: ImageMessage): readonly ImageProgress[] {
    const lines = stream === undefined ? [] : this.#endedLines(stream)
    const logged = lines.map((line) => this.#logLine(line))
    if (status === undefined) return logged
    const { current, total } = progressDetail ?? {}
    const entry: ImageProgress = {
      ...this.#subject,
      ...this.#step,
      status: readLine(status),
      ...(id !== undefined && LAYER.test(id) && { layer: id }),
      ...(isCount(current) && { currentBytes: current }),
      ...(isCount(total) && total > 0 && { totalBytes: total }),
    }
    return [...logged, entry]
  }

  #endedLines(text: string): readonly string[] {
    const [first = '', ...others] = text.split('\n')
    const lines = [this.#open + first, ...others]
    this.#open = lines.pop() ?? ''
    return lines.map(readLine).filter((line) => line !== '')
  }

  #logLine(line: string): ImageProgress {
    this.#tail.push(line)
    if (this.#tail.length > TAIL_LINES) this.#tail.shift()
    const [, step, steps] = STEP.exec(line) ?? []
    if (step !== undefined) this.#step = { step: Number(step), steps: Number(steps) }
    return { ...this.#subject, ...this.#step, status: line }
  }
}

/** What a terminal would show of a line in the end: a carriage return writes over what was there. */
function readLine(text: string): string {
  const shown = stripVTControlCharacters(text.trimEnd()).split('\r').at(-1) ?? ''
  return shown
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trimEnd()
    .slice(0, MAX_LINE_LENGTH)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

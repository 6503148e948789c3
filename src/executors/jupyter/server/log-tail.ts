import type { Readable } from 'node:stream'
import { withoutColours } from '../../../engine/index.ts'

const KEPT_CHARACTERS = 8_000
/** Of each end. */
const SHOWN_CHARACTERS = 800
/** Of our own making: the configuration is one for all versions of the server. */
const NO_NEWS = /^.*ServerApp\.token config is deprecated.*\n?/gm

/** The last that a server and its kernels wrote for people. */
export class LogTail {
  #text = ''

  follow(stream: Readable): void {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      this.#text = (this.#text + text).slice(-KEPT_CHARACTERS)
    })
  }

  /** What is kept of it. */
  get text(): string {
    return this.#text
  }

  forget(): void {
    this.#text = ''
  }
}

/** What was said since the log was as it was then, both ends of it, for a message. */
export function saidSince(earlier: string, now: string): string {
  const said = withoutColours(now.startsWith(earlier) ? now.slice(earlier.length) : now)
    .replace(NO_NEWS, '')
    .trim()
  if (said.length <= SHOWN_CHARACTERS * 2) return said
  return `${said.slice(0, SHOWN_CHARACTERS)} [...] ${said.slice(-SHOWN_CHARACTERS)}`
}

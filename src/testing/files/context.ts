import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { FileAnswer, FileBackend, FileFailure, FileFailureCode } from '../../files/index.ts'

/** A place of files under test. */
export interface FilePlace {
  readonly files: FileBackend
  /** Runs a program of `sh` in the root, where links and pipes are to be made. */
  run?(source: string): Promise<void>
  /** Ends it. */
  close?(): Promise<void>
}

/** What a body works with. */
export class FileContext {
  readonly files: FileBackend
  readonly #place: FilePlace

  constructor(place: FilePlace) {
    this.#place = place
    this.files = place.files
  }

  /** Runs a program in the root. */
  async run(source: string): Promise<void> {
    await this.#place.run?.(source)
  }

  /** Writes text files. */
  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) await this.ok(this.files.write(path, content))
  }

  /** Holds that a call went well. */
  async ok<T extends object>(call: Promise<FileAnswer<T>>): Promise<T> {
    const answer = await this.within(call)
    if (!answer.ok) assert.fail(`${answer.code}: ${answer.message}`)
    return answer
  }

  /** Holds that a call answered this failure, with words for whoever made it. */
  async fails(call: Promise<FileAnswer<object>>, ...codes: readonly FileFailureCode[]): Promise<FileFailure> {
    const answer = await this.within(call)
    if (answer.ok) assert.fail(`expected ${codes.join(' or ')}, but got ${JSON.stringify(answer).slice(0, 300)}`)
    assert.ok(codes.includes(answer.code), `expected ${codes.join(' or ')}, but got ${answer.code}: ${answer.message}`)
    assert.match(answer.message, /^".*\.$/s)
    return answer
  }

  /** The text of a file, whole. */
  async text(path: string): Promise<string> {
    return Buffer.from((await this.ok(this.files.readBytes(path))).bytes).toString('utf8')
  }

  /** The paths that a pattern finds. */
  async found(pattern: string, options: Parameters<FileBackend['glob']>[1] = {}): Promise<string[]> {
    return (await this.ok(this.files.glob(pattern, options))).entries.map(({ path }) => path)
  }

  /** The value of a call that must not take forever. */
  async within<T>(call: Promise<T>, limitMs = 30_000): Promise<T> {
    const timer = new AbortController()
    const late = delay(limitMs, undefined, { signal: timer.signal }).then(() => assert.fail(`a file call took more than ${limitMs} ms`))
    late.catch(() => {})
    try {
      return await Promise.race([call, late])
    } finally {
      timer.abort()
    }
  }
}

/** Proves one requirement. */
export type FileBody = (t: FileContext) => Promise<void>

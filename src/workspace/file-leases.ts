interface Lease {
  readonly content: Uint8Array
  holders: number
}

/**
 * How programs at once get along that bring a file of the same name: each has a working directory of its own (`apart`); they
 * go together when the content is the same, since a file takes the place of another one when it is whole (`together`); or one
 * waits until the other has ended (`turns`).
 */
export type SameNames = 'apart' | 'together' | 'turns'

/**
 * Lets programs that run at once share one working directory: two that bring different content under one name take turns. Two
 * that bring the same content do so as well, or go together; where each has a directory of its own, all go together.
 */
export class FileLeases {
  readonly #sameNames: SameNames
  readonly #leases = new Map<string, Lease>()
  #released = Promise.withResolvers<void>()

  constructor(sameNames: SameNames) {
    this.#sameNames = sameNames
  }

  /** Waits until all files may be written and returns what gives them back. @throws `signal.reason` */
  async acquire(files: ReadonlyMap<string, Uint8Array>, signal: AbortSignal): Promise<() => void> {
    while (this.#conflicts(files)) {
      signal.throwIfAborted()
      await untilEither(this.#released.promise, signal)
    }
    signal.throwIfAborted()
    for (const [path, content] of files) {
      const lease = this.#leases.get(path)
      if (lease) lease.holders += 1
      else this.#leases.set(path, { content, holders: 1 })
    }
    return () => this.#release(files.keys())
  }

  #conflicts(files: ReadonlyMap<string, Uint8Array>): boolean {
    if (this.#sameNames === 'apart') return false
    for (const [path, content] of files) {
      const lease = this.#leases.get(path)
      if (lease && (this.#sameNames === 'turns' || Buffer.compare(content, lease.content) !== 0)) return true
    }
    return false
  }

  #release(paths: Iterable<string>): void {
    for (const path of paths) {
      const lease = this.#leases.get(path)
      if (lease && (lease.holders -= 1) === 0) this.#leases.delete(path)
    }
    this.#released.resolve()
    this.#released = Promise.withResolvers()
  }
}

async function untilEither(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const onAbort = (): void => aborted.resolve()
  signal.addEventListener('abort', onAbort)
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

import { randomName } from '../workspace/index.ts'

const ID = /^[a-zA-Z0-9_-]{1,64}$/

/** Names for the cells of one notebook; no two are the same. */
export class CellIds {
  readonly #taken = new Set<string>()

  /** The wanted name when it is one and free, else a new one. */
  take(wanted?: unknown): string {
    const isFree = typeof wanted === 'string' && ID.test(wanted) && !this.#taken.has(wanted)
    let id = isFree ? wanted : randomName(4)
    while (this.#taken.has(id)) id = randomName(4)
    this.#taken.add(id)
    return id
  }
}

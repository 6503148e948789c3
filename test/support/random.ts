/** Numbers that look random and are the same on every run, so that a failure can be seen again. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0 up to and without `limit` (xorshift32). */
  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % limit
  }

  /** One of several values. */
  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0]
  }

  /** The bytes cut into pieces of random sizes, empty ones among them. */
  cut(bytes: Uint8Array, largest: number): Uint8Array[] {
    const pieces: Uint8Array[] = []
    for (let start = 0; start < bytes.byteLength;) {
      const size = this.below(largest + 1)
      pieces.push(bytes.subarray(start, start + size))
      start += size
    }
    return pieces
  }
}

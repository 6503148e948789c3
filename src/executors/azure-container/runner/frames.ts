/** How a run ended, as the runner says. */
export type RunnerEnd =
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'ended'
      readonly status: number
      readonly signaled: boolean
      readonly memoryKills: number
      readonly timedOut: boolean
      readonly gone: boolean
    }

/** Who hears what frames say. */
export interface FrameListener {
  onOutput(chunk: Uint8Array): void
  onError(chunk: Uint8Array): void
  onPhase(phase: 'compile' | 'run'): void
  onOmitted?(stream: 'output' | 'error', bytes: number): void
}

const STREAMS = { o: 'output', e: 'error' } as const

/**
 * Reads the runner's frames out of a text that may begin in the middle of a line, come twice, or lack a part. Each byte is
 * told once, in order; what is missing is told as omitted. Lines without the secret are nobody's.
 */
export class FrameReader {
  readonly #prefix: string
  readonly #listener: FrameListener
  readonly #expected = { o: 0, e: 0 }
  #boot: string | undefined
  #phases = new Set<string>()
  #end: RunnerEnd | undefined
  #restarted = false

  constructor(secret: string, listener: FrameListener) {
    this.#prefix = `${secret} `
    this.#listener = listener
  }

  /** Set once the end has come. */
  get end(): RunnerEnd | undefined {
    return this.#end
  }

  /** Whether the runner has said anything. */
  get hasBegun(): boolean {
    return this.#boot !== undefined
  }

  /** Whether the container was started a second time. */
  get isRestarted(): boolean {
    return this.#restarted
  }

  /** Whether there is something missing before the first frames of these lines, which an older part of the log may have. */
  missesSomethingBefore(lines: readonly string[]): boolean {
    for (const kind of ['o', 'e'] as const) {
      const start = `${this.#prefix}${kind} `
      const first = lines.find((line) => line.startsWith(start))
      if (first !== undefined && Number(first.split(' ')[2]) > this.#expected[kind]) return true
    }
    const end = lines.find((line) => line.startsWith(`${this.#prefix}x ended `))?.split(' ')
    const last = (kind: 'o' | 'e'): boolean => lines.some((line) => line.startsWith(`${this.#prefix}${kind} `))
    return end !== undefined && ((Number(end[8]) > this.#expected.o && !last('o')) || (Number(end[9]) > this.#expected.e && !last('e')))
  }

  /** Takes lines, without their ends. @returns how many of them told something new */
  push(lines: readonly string[]): number {
    let news = 0
    for (const line of lines) if (line.startsWith(this.#prefix) && this.#read(line.slice(this.#prefix.length))) news += 1
    return news
  }

  #read(frame: string): boolean {
    const [kind = '', first = '', second = '', ...others] = frame.split(' ')
    if (this.#end !== undefined) return false
    switch (kind) {
      case 's':
        return this.#onBoot(first)
      case 'p':
        return this.#onPhase(first)
      case 'o':
      case 'e':
        return this.#onChunk(kind, Number(first), second)
      case 'x':
        this.#end = this.#readEnd(first, second, others)
        return this.#end !== undefined
      default:
        return false
    }
  }

  #onBoot(boot: string): boolean {
    if (this.#boot === boot) return false
    this.#restarted = this.#boot !== undefined
    this.#boot = boot
    return true
  }

  #onPhase(phase: string): boolean {
    if ((phase !== 'compile' && phase !== 'run') || this.#phases.has(phase)) return false
    this.#phases.add(phase)
    this.#listener.onPhase(phase)
    return true
  }

  #onChunk(kind: 'o' | 'e', offset: number, base64: string): boolean {
    const expected = this.#expected[kind]
    if (!Number.isSafeInteger(offset) || offset < expected) return false
    if (offset > expected) this.#listener.onOmitted?.(STREAMS[kind], offset - expected)
    const chunk = Buffer.from(base64, 'base64')
    this.#expected[kind] = offset + chunk.byteLength
    if (kind === 'o') this.#listener.onOutput(chunk)
    else this.#listener.onError(chunk)
    return true
  }

  #readEnd(kind: string, first: string, others: readonly string[]): RunnerEnd | undefined {
    if (kind === 'missing') return { kind }
    if (kind === 'refused') return { kind, reason: Buffer.from(first, 'base64').toString('utf8') }
    if (kind !== 'ended' || others.length < 6) return undefined
    const [signaled, memoryKills = 0, timedOut, gone, output = 0, error = 0] = others.map(Number)
    for (const [letter, total] of [['o', output] as const, ['e', error] as const]) {
      const missing = total - this.#expected[letter]
      if (missing > 0) this.#listener.onOmitted?.(STREAMS[letter], missing)
    }
    return { kind, status: Number(first), signaled: signaled === 1, memoryKills, timedOut: timedOut === 1, gone: gone === 1 }
  }
}

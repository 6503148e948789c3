import { CodeExecutorError } from './errors.ts'

/**
 * What a run may use. Every limit is optional; an executor refuses at construction a limit that it cannot hold.
 * Sizes are bytes, or text such as `'512m'` and `'1.5g'` (binary multiples, as Docker reads them).
 */
export interface ResourceLimits {
  /** Memory of all processes of a run together. */
  readonly memory?: number | string
  /** Memory and swap together. Equal to `memory` means no swap. */
  readonly memorySwap?: number | string
  /** Processor time per wall-clock time; `0.5` is half of one processor. */
  readonly cpus?: number
  /** Processes and threads of a run, all together. */
  readonly pids?: number
  /** What the working directory may hold. */
  readonly disk?: number | string
  /** Bytes of output kept per stream. @defaultValue 1_048_576 */
  readonly outputBytes?: number
  /** Open files per process. */
  readonly openFiles?: number
}

/** {@link ResourceLimits} after parsing: bytes and counts, `undefined` where nothing limits. */
export interface ResolvedLimits {
  readonly memory: number | undefined
  readonly memorySwap: number | undefined
  readonly cpus: number | undefined
  readonly pids: number | undefined
  readonly disk: number | undefined
  readonly outputBytes: number
  readonly openFiles: number | undefined
}

const DEFAULT_OUTPUT_BYTES = 1_048_576
/** The longest delay a timer can hold; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2_147_483_647
const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** Bytes from a number or from text such as `'512m'`. @throws `INVALID_ARGUMENT` */
export function parseBytes(value: number | string, argument: string): number {
  if (typeof value === 'number') return positive(value, argument, Number.MAX_SAFE_INTEGER, true)
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*(?:b|([kmgt])(?:i?b)?)?$/i.exec(value.trim()) : null
  if (!match) throw invalid(argument, value, `is not a size; write bytes or text such as '512m' or '1.5g'`)
  const bytes = Math.floor(Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1))
  if (bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER) return bytes
  throw invalid(argument, value, `must be at least one byte and at most ${Number.MAX_SAFE_INTEGER}`)
}

/** A time limit in milliseconds, checked. @throws `INVALID_ARGUMENT` */
export function parseTimeout(value: number, argument = 'timeoutMs'): number {
  return positive(value, argument, MAX_TIMEOUT_MS, false)
}

/** Applies the defaults and refuses what is no limit: zero, negative, NaN, fractions where a count is due. */
export function resolveLimits(limits: ResourceLimits = {}): ResolvedLimits {
  assertKnownKeys(limits, LIMIT_NAMES, 'limits')
  const memory = optional(limits.memory, (value) => parseBytes(value, 'limits.memory'))
  const memorySwap = optional(limits.memorySwap, (value) => parseBytes(value, 'limits.memorySwap'))
  if (memorySwap !== undefined && memory === undefined) {
    throw invalid('limits.memorySwap', limits.memorySwap, 'needs limits.memory; it counts memory and swap together')
  }
  if (memorySwap !== undefined && memory !== undefined && memorySwap < memory) {
    throw invalid('limits.memorySwap', limits.memorySwap, 'counts memory and swap together, so it cannot be less than limits.memory')
  }
  return {
    memory,
    memorySwap,
    cpus: optional(limits.cpus, (value) => positive(value, 'limits.cpus', 1_048_576, false)),
    pids: optional(limits.pids, (value) => positive(value, 'limits.pids', 4_194_304, true)),
    disk: optional(limits.disk, (value) => parseBytes(value, 'limits.disk')),
    outputBytes: optional(limits.outputBytes, (value) => positive(value, 'limits.outputBytes', 1024 ** 3, true)) ?? DEFAULT_OUTPUT_BYTES,
    openFiles: optional(limits.openFiles, (value) => positive(value, 'limits.openFiles', 1_048_576, true)),
  }
}

const LIMIT_NAMES = [
  'memory',
  'memorySwap',
  'cpus',
  'pids',
  'disk',
  'outputBytes',
  'openFiles',
] as const satisfies readonly (keyof ResourceLimits)[]

/** Refuses an option nobody reads: a misspelt limit would otherwise protect nothing. @throws `INVALID_ARGUMENT` */
export function assertKnownKeys(options: object, known: readonly string[], argument: string): void {
  if (typeof options !== 'object' || options === null) throw invalid(argument, options, 'is not an object')
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw invalid(
        `${argument}.${key}`,
        (options as Record<string, unknown>)[key],
        `is not an option; the options are ${known.join(', ')}`,
      )
    }
  }
}

function optional<T, R>(value: T | undefined, parse: (value: T) => R): R | undefined {
  return value === undefined ? undefined : parse(value)
}

function positive(value: number, argument: string, max: number, whole: boolean): number {
  if (typeof value !== 'number' || !(value > 0) || value > max || (whole && !Number.isInteger(value))) {
    throw invalid(argument, value, `must be a ${whole ? 'whole number' : 'number'} above 0 and at most ${max}`)
  }
  return value
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument} ${reason}.`, { argument, value })
}

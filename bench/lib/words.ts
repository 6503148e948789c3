import type { Summary } from './statistics.ts'

/** `12.3 ms`, with a sign for a difference. */
export function milliseconds(value: number, signed = false): string {
  return `${signed && value >= 0 ? '+' : ''}${value.toFixed(1)} ms`
}

/** `12.3 MB`; a megabyte is a million bytes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** `p50 12.3 ms, p95 45.6 ms` */
export function spread({ p50, p95 }: Summary): string {
  return `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}`
}

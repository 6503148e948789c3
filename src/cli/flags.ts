import { parseBytes, parseTimeout } from '../core/index.ts'
import { invalid } from './errors.ts'
import type { Volume } from './executors.ts'

const DURATION_UNITS: Readonly<Record<string, number>> = { '': 1000, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A time such as `30` (seconds), `500ms`, `2m` or `1h`, in milliseconds. @throws `INVALID_ARGUMENT` */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text.trim())
  const unit = DURATION_UNITS[match?.[2] ?? '']
  if (match === null || unit === undefined) throw invalid(flag, text, `${flag} ${text} is no time; write 30 (seconds), 500ms, 2m or 1h.`)
  return parseTimeout(Number(match[1]) * unit, flag)
}

/** A size such as `512m`, in bytes. @throws `INVALID_ARGUMENT` */
export function parseSize(text: string, flag: string): number {
  return parseBytes(text, flag)
}

/** A number above zero. What else it must be the executor checks. @throws `INVALID_ARGUMENT` */
export function parseNumber(text: string, flag: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw invalid(flag, text, `${flag} ${text} is no number above 0.`)
}

/** A whole number above zero. @throws `INVALID_ARGUMENT` */
export function parseCount(text: string, flag: string): number {
  if (/^[1-9]\d*$/.test(text.trim())) return Number(text)
  throw invalid(flag, text, `${flag} ${text} is no whole number above 0.`)
}

/** A directory of the host and where a container has it: `/data:/data`, read-only unless `:rw` follows. @throws `INVALID_ARGUMENT` */
export function parseVolume(text: string): Volume {
  // The colon after the drive letter of Windows is a part of the path.
  const [, source, target, mode = 'ro'] = /^((?:[a-z]:)?[/\\][^:]*):(\/[^:]*)(?::(ro|rw))?$/i.exec(text) ?? []
  if (source !== undefined && target !== undefined && (mode === 'ro' || mode === 'rw')) return { source, target, mode }
  throw invalid(
    '--volume',
    text,
    `--volume ${text} is no volume; write --volume /host/path:/container/path, with :rw at its end for one that may be written to.`,
  )
}

/**
 * Variables from `NAME=value`, and from `NAME` alone, which passes one of ours through. A later one wins.
 * @throws `INVALID_ARGUMENT`
 */
export function parseVariables(
  words: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map((word) => parseVariable(word, own)))
}

function parseVariable(word: string, own: Readonly<Record<string, string | undefined>>): [string, string] {
  const equals = word.indexOf('=')
  const name = equals < 0 ? word : word.slice(0, equals)
  if (name === '') throw invalid('--env', word, `--env ${word} has no name; write --env NAME=value.`)
  const value = equals < 0 ? own[name] : word.slice(equals + 1)
  if (value === undefined)
    throw invalid('--env', word, `--env ${name} would pass ${name} through, but it is not set; write --env ${name}=value.`)
  return [name, value]
}

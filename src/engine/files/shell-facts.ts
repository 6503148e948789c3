import type { FileEntry, FileKind, StoreEntry } from '../../files/index.ts'

const KINDS: Readonly<Record<number, FileKind>> = { 0x4: 'directory', 0x8: 'file', 0xa: 'link' }
const KIND_LETTERS: Readonly<Record<string, FileKind>> = { f: 'file', d: 'directory', l: 'link' }
/** Words of `stat`: mode in hexadecimal, number, size, when it was changed, and that again as date, time with parts of seconds and zone. */
const STAT_WORDS = 7

/** Reads what `stat` says of a file, as the scripts ask it; `undefined` for anything else. */
export function readFacts(text: string): StoreEntry | undefined {
  const words = text.trim().split(' ')
  if (words.length !== STAT_WORDS) return undefined
  const [mode = '', number = '', size = '', changed = '', , time = ''] = words
  const bits = Number.parseInt(mode, 16)
  const kind = KINDS[bits >> 12] ?? 'other'
  const part = time.slice(time.lastIndexOf('.') + 1) // the whole time where there is no point, as in the scripts
  return toEntry(kind, bits & 0o777, Number(size), `${number}-${size}-${changed}.${part}`, Number(changed) * 1000, part)
}

/** Reads one entry of a scan: facts, and a path relative to where it began. */
export function readScanned(record: string): FileEntry | undefined {
  if (record.startsWith('.')) return readFound(record)
  const words = record.split(' ')
  const entry = readFacts(words.slice(0, STAT_WORDS).join(' '))
  return entry && { path: words.slice(STAT_WORDS).join(' '), ...entry }
}

/** What GNU find prints: `.f644 <number> <size> <change> <path>`. */
function readFound(record: string): FileEntry | undefined {
  const [what = '', number = '', size = '', changed = '', ...path] = record.split(' ')
  const kind = KIND_LETTERS[what[1] ?? ''] ?? 'other'
  const [seconds = '', part = ''] = split(changed)
  const version = `${number}-${size}-${seconds}.${part}`
  return { path: path.join(' '), ...toEntry(kind, Number.parseInt(what.slice(2), 8), Number(size), version, Number(seconds) * 1000, part) }
}

function toEntry(kind: FileKind, mode: number, size: number, version: string, seconds: number, part: string): StoreEntry {
  const milliseconds = /^\d{9}$/.test(part) ? Math.floor(Number(part) / 1e6) : 0
  return { kind, sizeBytes: kind === 'file' ? size : 0, modifiedAtMs: seconds + milliseconds, mode: mode & 0o777, version }
}

/** Seconds, and as many digits after the point as `stat` gives. */
function split(time: string): readonly string[] {
  const point = time.indexOf('.')
  return [time.slice(0, point), time.slice(point + 1, point + 10)]
}

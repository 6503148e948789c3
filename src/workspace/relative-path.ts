import { CodeExecutorError } from '../core/index.ts'

/** Names that start so belong to this package: build directories and files on their way to their final name. */
export const OWN_PREFIX = '.polyrun-'

const MAX_SEGMENT_BYTES = 255
const MAX_PATH_BYTES = 4096
/** Windows reads these as devices, with any extension; a program that uses them could not move between places. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?$/i
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/

/**
 * Holds that `path` names a file below the working directory, whatever the system: relative, `/` between parts, no
 * `..`, no link to somebody else's file in disguise.
 * @throws `INVALID_PATH` with the reason
 */
export function assertRelativePath(path: string): void {
  const reason = reasonAgainst(path)
  if (reason !== undefined) throw invalidPath(path, reason)
}

/**
 * Holds that the paths can stand beside each other on every file system: no two that differ only by case or by the form
 * of their accents, and no file that is a directory of another one.
 * @throws `INVALID_PATH`
 */
export function assertNoCollisions(paths: readonly string[]): void {
  const taken = new Map<string, string>()
  for (const path of paths) {
    const key = foldPath(path)
    const other = taken.get(key)
    if (other !== undefined) throw invalidPath(path, `collides with ${JSON.stringify(other)} where case or accents are folded`)
    taken.set(key, path)
  }
  for (const path of paths) {
    const key = foldPath(path)
    for (let slash = key.lastIndexOf('/'); slash > 0; slash = key.lastIndexOf('/', slash - 1)) {
      const parent = taken.get(key.slice(0, slash))
      if (parent !== undefined) throw invalidPath(path, `needs a directory where ${JSON.stringify(parent)} is a file`)
    }
  }
}

/** An error about a path, with the next step in its message. */
export function invalidPath(path: string, reason: string, options?: ErrorOptions): CodeExecutorError<'INVALID_PATH'> {
  const text = String(path)
  const shown = JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text)
  return new CodeExecutorError(
    'INVALID_PATH',
    `The path ${shown} ${reason}. Give a relative path below the working directory.`,
    { path, reason },
    options,
  )
}

/** As file systems fold names: letter by letter, and only to one letter, so that a sharp s is not two. */
function foldPath(path: string): string {
  return Array.from(path.normalize('NFC'), (letter) =>
    letter.toUpperCase().length === letter.length ? letter.toUpperCase() : letter,
  ).join('')
}

function reasonAgainst(path: string): string | undefined {
  if (typeof path !== 'string' || path === '') return 'is empty'
  if (!path.isWellFormed()) return 'has a lone surrogate, which no file name can hold'
  if (CONTROL.test(path)) return 'has a control character'
  if (path.includes('\\')) return 'has a backslash; parts are separated by /'
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is absolute'
  if (path.startsWith('~')) return 'starts with ~, which is not expanded'
  if (path.endsWith('/')) return 'ends with /, so it names a directory'
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  for (const segment of path.split('/')) {
    if (segment === '') return 'has an empty part'
    if (segment === '.' || segment === '..') return `has a ${segment} part`
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a part longer than ${MAX_SEGMENT_BYTES} bytes`
    if (/[. ]$/.test(segment)) return 'has a part that ends with a dot or a space'
    if (DEVICE_NAME.test(segment)) return `has the reserved name ${segment}`
    if (segment.startsWith(OWN_PREFIX)) return `uses the prefix ${OWN_PREFIX}, which is reserved`
  }
  return undefined
}

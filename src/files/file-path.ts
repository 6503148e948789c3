import { OWN_PREFIX } from '../workspace/index.ts'
import { FileProblem } from './file-failure.ts'

const MAX_SEGMENT_BYTES = 255
const MAX_PATH_BYTES = 4_096

/**
 * The one form of a path: parts with `/` between them, `''` for the root. `.` parts and doubled slashes are dropped; `..`
 * is refused wherever it stands, and so are `~`, drive letters, backslashes and NUL. Encoded tricks such as `%2e%2e` are
 * plain names. `rootPath` is where the root is; absolute paths must be below it.
 * @throws FileProblem `invalid_path`
 */
export function parsePath(path: unknown, rootPath = '/'): string {
  if (typeof path !== 'string') throw new FileProblem('invalid_path', String(path), 'is no text')
  const reason = reasonAgainst(path)
  if (reason !== undefined) throw new FileProblem('invalid_path', path, reason)
  const relative = path.startsWith('/') ? belowRoot(path, rootPath) : path
  return relative
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/** The same for a file: the root is none. @throws FileProblem `invalid_path` */
export function parseFilePath(path: unknown, rootPath?: string): string {
  const parsed = parsePath(path, rootPath)
  if (parsed === '') throw new FileProblem('is_directory', String(path), 'is the root directory')
  if (typeof path === 'string' && /\/\.?$/.test(path)) throw new FileProblem('invalid_path', path, 'ends with /, so it names a directory')
  return parsed
}

/** The directory that a path is in; `''` for the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Two paths, one below the other. */
export function joinPath(directory: string, name: string): string {
  return directory === '' ? name : name === '' ? directory : `${directory}/${name}`
}

/** Whether a path is a directory's or below it. */
export function isWithin(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`)
}

/** Whether a name, or a directory above it, is one of our own on their way: build directories and files half written. */
export function isOwnName(path: string): boolean {
  return path.startsWith(OWN_PREFIX) || path.includes(`/${OWN_PREFIX}`)
}

/** The order of listings: by the bytes of the path, whatever the language of the machine. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

function belowRoot(path: string, rootPath: string): string {
  const root = rootPath.replace(/\/+$/, '')
  const plain = path.replaceAll(/\/(?:\.?\/)+/g, '/').replace(/\/\.$/, '')
  if (root === '' || plain === root || plain.startsWith(`${root}/`)) return plain.slice(root.length)
  throw new FileProblem('invalid_path', path, `is not below the root ${rootPath}`)
}

function reasonAgainst(path: string): string | undefined {
  if (!path.isWellFormed()) return 'has a lone surrogate, which no file name can hold'
  if (path.includes('\0')) return 'has a NUL character'
  if (path.includes('\\')) return 'has a backslash; parts are separated by /'
  if (path.startsWith('~')) return 'starts with ~, which is not expanded'
  if (/^[a-z]:/i.test(path)) return 'starts with a drive letter'
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`
  for (const part of path.split('/')) {
    if (part === '..') return 'has a .. part'
    if (Buffer.byteLength(part) > MAX_SEGMENT_BYTES) return `has a part longer than ${MAX_SEGMENT_BYTES} bytes`
    if (part.startsWith(OWN_PREFIX)) return `uses the prefix ${OWN_PREFIX}, which is reserved`
  }
  return undefined
}

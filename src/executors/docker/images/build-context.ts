import { createHash } from 'node:crypto'
import { createReadStream, type Dirent } from 'node:fs'
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, pipeline, type Readable } from 'node:stream'
import { pipeline as pipelineDone } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'
import { readIgnoreRules, type IgnoreRules } from './dockerignore.ts'

const IGNORE_FILE = '.dockerignore'
const EXECUTABLE = 0o111

/** The files that a build is given. */
export interface BuildContext {
  /** Where they are on this machine. */
  readonly directory: string
  /** Sorted by path, each directory before what is in it. */
  readonly entries: readonly ContextEntry[]
}

/** A file of a build. Of its mode only whether it may be executed counts, so that a checkout on any machine is the same. */
export type ContextEntry =
  | { readonly type: 'directory'; readonly path: string }
  | { readonly type: 'file'; readonly path: string; readonly executable: boolean; readonly size: number }
  | { readonly type: 'symlink'; readonly path: string; readonly target: string }

/**
 * Lists what a `.dockerignore` leaves of a directory. It never leaves out itself and the Dockerfile, which the engine reads
 * and hides from the build where it was told to. Links are not followed; sockets and devices are passed over.
 */
export async function readContext(directory: string, dockerfile: string): Promise<BuildContext> {
  const rules = readIgnoreRules(await readFile(join(directory, IGNORE_FILE), 'utf8').catch(() => ''))
  const isNeeded = (path: string): boolean => path === IGNORE_FILE || path === dockerfile || dockerfile.startsWith(`${path}/`)
  return { directory, entries: await listEntries(directory, '', rules, isNeeded) }
}

async function listEntries(
  directory: string,
  below: string,
  rules: IgnoreRules,
  isNeeded: (path: string) => boolean,
): Promise<ContextEntry[]> {
  const found = await readdir(join(directory, below), { withFileTypes: true })
  const entries: ContextEntry[] = []
  for (const dirent of found.toSorted(byName)) {
    const path = below === '' ? dirent.name : `${below}/${dirent.name}`
    const isKept = isNeeded(path) || !rules.ignores(path)
    // One that is left out may hold something that is taken back; it is made with that, then.
    const inside = dirent.isDirectory() && (isKept || !rules.final) ? await listEntries(directory, path, rules, isNeeded) : []
    if (isKept || inside.length > 0) entries.push(...(await readEntry(directory, path, dirent)), ...inside)
  }
  return entries
}

/** By code unit, since the order must not depend on where this runs. */
function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1
}

async function readEntry(directory: string, path: string, dirent: Dirent): Promise<readonly ContextEntry[]> {
  const place = join(directory, path)
  if (dirent.isDirectory()) return [{ type: 'directory', path }]
  if (dirent.isSymbolicLink()) return [{ type: 'symlink', path, target: await readlink(place) }]
  if (!dirent.isFile()) return []
  const { mode, size } = await lstat(place)
  return [{ type: 'file', path, executable: (mode & EXECUTABLE) !== 0, size }]
}

/** A sha256 over the files and over what else decides what is built, in hex. */
export async function digestContext({ directory, entries }: BuildContext, settings: object = {}): Promise<string> {
  const hash = createHash('sha256')
  for (const entry of entries) {
    const content = entry.type === 'file' ? await digestFile(join(directory, entry.path)) : undefined
    const { type, path } = entry
    const facts = type === 'file' ? entry.executable : type === 'symlink' ? entry.target : null
    hash.update(`${JSON.stringify([type, path, facts, content])}\n`)
  }
  return hash.update(JSON.stringify(settings)).digest('hex')
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipelineDone(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The files as a tar. What cannot be read, or changes its size meanwhile, breaks the stream. */
export function packContext(context: BuildContext): Readable {
  const archive = pack()
  // The callback is for the failure that the stream itself tells, too.
  const stream = pipeline(archive, new PassThrough(), () => {})
  void addEntries(archive, context).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  return stream
}

async function addEntries(archive: Pack, { directory, entries }: BuildContext): Promise<void> {
  for (const entry of entries) {
    const { path: name, type } = entry
    const { mtime } = await stat(join(directory, name)).catch(() => ({ mtime: new Date(0) }))
    if (type === 'directory') archive.entry({ name, type, mode: 0o755, mtime })
    else if (type === 'symlink') archive.entry({ name, type, linkname: entry.target, mode: 0o777, mtime })
    else {
      const { size, executable } = entry
      await pipelineDone(
        createReadStream(join(directory, name)),
        archive.entry({ name, type, size, mode: executable ? 0o755 : 0o644, mtime }),
      )
    }
  }
}

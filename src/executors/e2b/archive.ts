import { pack } from 'tar-stream'

/** How many bytes the names of directories may have together that go with one archive. */
const NAMES_BYTES = 32 * 1024

/** Files as one archive, and the directories that they are in. */
export interface PackedFiles {
  readonly archive: Uint8Array
  readonly directories: readonly string[]
}

/**
 * Packs files, with an entry for each directory on the way: tar puts a directory in the place of a link that stands there, and
 * so follows none. It would do the same to a file, so whoever unpacks it looks for those first.
 */
export async function packFiles(files: ReadonlyMap<string, Uint8Array>): Promise<PackedFiles> {
  const archive = pack()
  const mtime = new Date()
  const directories = [...directoriesOf(files.keys())]
  for (const name of directories) archive.entry({ name, type: 'directory', mode: 0o755, mtime })
  for (const [name, content] of files) {
    archive.entry({ name, mode: 0o644, mtime }, Buffer.from(content.buffer, content.byteOffset, content.byteLength))
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk)
  return { archive: Buffer.concat(chunks), directories }
}

/** Files in groups, each of which has few enough directories. */
export function inGroups(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array>[] {
  const groups: Map<string, Uint8Array>[] = []
  const known = new Set<string>()
  let bytes = Infinity
  for (const [path, content] of files) {
    const directories = [...directoriesOf([path])]
    bytes += namesBytes(directories.filter((name) => !known.has(name)))
    if (bytes > NAMES_BYTES) {
      groups.push(new Map())
      known.clear()
      bytes = namesBytes(directories)
    }
    for (const name of directories) known.add(name)
    groups.at(-1)?.set(path, content)
  }
  return groups
}

function namesBytes(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + Buffer.byteLength(name), 0)
}

/** Parents before what is in them. */
function directoriesOf(paths: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>()
  for (const path of paths) {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth += 1) found.add(parts.slice(0, depth).join('/'))
  }
  return found
}

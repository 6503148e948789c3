import { Readable } from 'node:stream'
import type { StoreRead } from '../../files/index.ts'
import { readFacts } from './shell-facts.ts'

/**
 * Reads what the script for many files says: facts, paths, and an archive. The place may be hostile: of the archive only
 * regular files count whose names were asked for, and nothing of it is ever unpacked.
 */
export async function readTogether(answer: Buffer, count: number, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, StoreRead>> {
  const facts: string[] = []
  const paths: string[] = []
  let at = 0
  for (const [list, end] of [
    [facts, 10],
    [paths, 0],
  ] as const) {
    while (list.length < count) {
      const next = answer.indexOf(end, at)
      if (next < 0) return new Map()
      list.push(answer.toString('utf8', at, next))
      at = next + 1
    }
  }
  const contents = await readArchive(answer.subarray(at), wanted)
  const read = new Map<string, StoreRead>()
  for (const [index, path] of paths.entries()) {
    const name = plainName(path)
    const [bytes, entry] = [contents.get(name), readFacts(facts[index] ?? '')]
    // What grew or shrank in between is read again by itself.
    if (bytes && entry?.sizeBytes === bytes.byteLength) read.set(name, { bytes, entry })
  }
  return read
}

/** The contents of regular files in an archive, by those names that were asked for. What is broken at its end is left out. */
export async function readArchive(archive: Uint8Array, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, Uint8Array>> {
  // Loaded late, so that the import of the package is short.
  const { extract } = await import('tar-stream')
  const contents = new Map<string, Uint8Array>()
  const entries = extract()
  Readable.from([archive]).pipe(entries)
  try {
    for await (const entry of entries) {
      const { name, type } = entry.header
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      const path = plainName(name)
      if (type === 'file' && wanted.has(path) && !contents.has(path)) contents.set(path, Buffer.concat(chunks))
    }
  } catch {} // each file that is missing is then read by itself
  return contents
}

function plainName(name: string): string {
  return name.replace(/^\.\//, '')
}

import type { FileBackend, FileCallOptions, FileEntry, TransferFailure } from '../file-backend.ts'
import { FileProblem } from '../file-failure.ts'
import { FILE_LIMITS } from '../file-limits.ts'

/** The files that paths name in a backend; a directory stands for all below it, links in it left out. */
export async function findFiles(
  backend: FileBackend,
  paths: readonly string[],
  failed: TransferFailure[],
  options: FileCallOptions,
): Promise<readonly FileEntry[]> {
  const found = new Map<string, FileEntry>()
  for (const path of paths) {
    const stat = await backend.stat(path, options)
    if (!stat.ok) failed.push({ path, code: stat.code, message: stat.message })
    else if (stat.kind !== 'directory') found.set(stat.path, stat)
    else {
      const limit = FILE_LIMITS.scanEntries
      const below = await backend.glob('**', { ...options, path: stat.path, hidden: true, limit })
      if (!below.ok) failed.push({ path, code: below.code, message: below.message })
      else {
        for (const entry of below.entries) found.set(entry.path, entry)
        if (below.truncated) failed.push(tooMany(path, limit))
      }
    }
  }
  return [...found.values()]
}

function tooMany(path: string, limit: number): TransferFailure {
  const { code, message } = new FileProblem('too_large', path, `has more than ${limit} entries; the others were left out`)
  return { path, code, message }
}

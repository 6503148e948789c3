import * as fs from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { enterDirectory, isErrno, OWN_PREFIX } from '../../workspace/index.ts'
import type { FileEntry } from '../file-backend.ts'
import { joinPath } from '../file-path.ts'
import type { Scan, ScanOptions, StoreCall } from '../file-store.ts'
import { hostEntry } from './host-entry.ts'

/** Entries looked at before other work gets a turn. */
const PER_TURN = 512
/** Directories above each other; each needs a descriptor. */
const DEEPEST = 256

/** A directory that is being read. */
interface Level {
  readonly path: string
  /** The path by which it is reached. */
  readonly inside: string
  readonly opened: number[]
  readonly directories: string[]
}

/** Lists what is below a directory of hostile inhabitants; links are told and never followed. `inside` is the directory, `path` its name in the answer. */
export async function scanHost(inside: string, path: string, options: ScanOptions, call: StoreCall): Promise<Scan> {
  const entries: FileEntry[] = []
  let truncated = false
  const levels: Level[] = []
  let looked = 0
  const enter = async (level: Level): Promise<void> => {
    levels.push(level)
    const directory = fs.opendirSync(level.inside, { bufferSize: 256 })
    try {
      for (let each = directory.readSync(); each !== null; each = directory.readSync()) {
        if (each.name.startsWith(OWN_PREFIX)) continue
        looked += 1
        if (looked % PER_TURN === 0) await nextTurn()
        call.signal?.throwIfAborted()
        if (entries.length === options.limit) {
          truncated = true
          return
        }
        const entry = options.facts ? entryIn(level, each.name) : lightEntry(level, each)
        if (entry === undefined) continue
        entries.push(entry)
        if (entry.kind === 'directory' && options.recursive && (options.hidden || !each.name.startsWith('.')))
          level.directories.push(each.name)
      }
    } finally {
      directory.closeSync()
    }
  }
  try {
    await enter({ path, inside, opened: [], directories: [] })
    for (let level = levels.at(-1); level !== undefined && entries.length < options.limit; level = levels.at(-1)) {
      const name = level.directories.pop()
      if (name === undefined) leave(levels)
      else if (levels.length > DEEPEST) truncated = true
      else {
        const next = open(level, name)
        if (next) await enter(next)
      }
    }
    return { entries, truncated: truncated || levels.some(({ directories }) => directories.length > 0) }
  } finally {
    while (levels.length > 0) leave(levels)
  }
}

/** What the directory itself tells: no look at the file, and little memory. */
function lightEntry({ path }: Level, entry: fs.Dirent): FileEntry {
  const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'link' : 'other'
  return { path: joinPath(path, entry.name), kind, sizeBytes: 0, modifiedAtMs: 0, version: '' }
}

function entryIn({ path, inside }: Level, name: string): FileEntry | undefined {
  try {
    return { path: joinPath(path, name), ...hostEntry(`${inside}/${name}`) }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return undefined // gone meanwhile, or a name that is no UTF-8
    throw error
  }
}

/** What may not be entered, or is something else meanwhile, is passed over. */
function open({ path, inside }: Level, name: string): Level | undefined {
  const opened: number[] = []
  try {
    return { path: joinPath(path, name), inside: enterDirectory(`${inside}/${name}`, opened), opened, directories: [] }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'ELOOP')) return undefined
    throw error
  }
}

function leave(levels: Level[]): void {
  for (const descriptor of levels.pop()?.opened ?? []) fs.closeSync(descriptor)
}

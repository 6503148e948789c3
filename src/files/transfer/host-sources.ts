import * as fs from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import type { TransferFailure } from '../file-backend.ts'
import { FileProblem } from '../file-failure.ts'
import { FILE_LIMITS } from '../file-limits.ts'
import { joinPath } from '../file-path.ts'
import { compileGlob } from '../glob.ts'
import { HostStore } from '../host/host-store.ts'

/** A file of this machine that is to be moved. */
export interface HostSource {
  /** Its absolute path. */
  readonly source: string
  /** Under which path it lands. */
  readonly path: string
  readonly sizeBytes: number
  readonly mode: number | undefined
}

/** What was found for the sources of an upload. */
export interface FoundSources {
  readonly files: readonly HostSource[]
  readonly failed: readonly TransferFailure[]
}

/** Finds the files that paths and patterns of this machine name. A path that is there is no pattern, whatever is in it. */
export async function findSources(sources: readonly string[], signal: AbortSignal | undefined): Promise<FoundSources> {
  const files: HostSource[] = []
  const failed: TransferFailure[] = []
  for (const source of sources) {
    try {
      const found = await findOne(source, signal)
      files.push(...found.files)
      failed.push(...found.failed)
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error
      failed.push({ path: source, code: error.code, message: error.message })
    }
  }
  return { files, failed }
}

async function findOne(source: string, signal: AbortSignal | undefined): Promise<FoundSources> {
  if (typeof source !== 'string' || source === '' || source.includes('\0'))
    throw new FileProblem('invalid_path', String(source), 'is no path')
  const stat = fs.statSync(resolve(source), { throwIfNoEntry: false })
  if (stat?.isFile()) {
    return {
      files: [{ source: resolve(source), path: basename(resolve(source)), sizeBytes: stat.size, mode: runnable(stat.mode) }],
      failed: [],
    }
  }
  if (stat?.isDirectory()) return findBelow(resolve(source), basename(resolve(source)), () => true, signal)
  if (stat) throw new FileProblem('not_a_file', source, 'is no regular file')
  if (!/[*?[{]/.test(source)) throw new FileProblem('file_not_found', source, 'is not there')
  const parts = source.split('/')
  const fixed = parts.findIndex((part) => /[*?[{]/.test(part))
  const base = resolve(parts.slice(0, fixed).join('/') || (isAbsolute(source) ? '/' : '.'))
  const matches = compileGlob(`./${parts.slice(fixed).join('/')}`)
  if (fs.statSync(base, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new FileProblem('file_not_found', source, 'matches nothing')
  // A directory that matches comes with all it holds.
  const isWanted = (path: string): boolean => path.split('/').some((_, index, all) => matches(all.slice(0, index + 1).join('/')))
  const found = await findBelow(base, '', isWanted, signal)
  if (found.files.length === 0 && found.failed.length === 0) throw new FileProblem('file_not_found', source, 'matches nothing')
  return found
}

/** Files below a directory. Links are told and not followed. */
async function findBelow(
  directory: string,
  landsIn: string,
  isWanted: (path: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<FoundSources> {
  const store = new HostStore('upload', fs.realpathSync(directory))
  const { entries, truncated } = await store.scan(
    '',
    { recursive: true, limit: FILE_LIMITS.scanEntries, hidden: true, facts: true },
    { signal },
  )
  if (truncated) throw new FileProblem('too_large', directory, `has more than ${FILE_LIMITS.scanEntries} entries`)
  const wanted = entries.filter(({ path, kind }) => kind !== 'directory' && isWanted(path))
  return {
    files: wanted
      .filter(({ kind }) => kind === 'file')
      .map(({ path, sizeBytes, mode }) => ({
        source: join(directory, path),
        path: joinPath(landsIn, path),
        sizeBytes,
        mode: runnable(mode),
      })),
    failed: wanted
      .filter(({ kind }) => kind !== 'file')
      .map(({ path, kind }) => {
        const { code, message } = new FileProblem(
          'not_a_file',
          join(directory, path),
          kind === 'link' ? 'is a link, which is not followed' : 'is no regular file',
        )
        return { path: join(directory, path), code, message }
      }),
  }
}

/** What is private here need not be there, where the owner is another; only whether it may be run counts. */
function runnable(mode: number | undefined): number | undefined {
  return mode !== undefined && (mode & 0o111) !== 0 ? 0o755 : undefined
}

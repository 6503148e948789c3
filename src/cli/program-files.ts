import { readFileSync, readdirSync, realpathSync, statSync, type Stats } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { closestMatch } from 'leven'
import { CodeExecutorError } from '../core/index.ts'
import { isErrno, MAX_SOURCE_BYTES } from '../workspace/index.ts'
import { invalid } from './errors.ts'
import type { CliIo } from './io.ts'

/** A file that belongs to the program. */
export interface ProgramFile {
  /** As the user wrote it. */
  readonly given: string
  /** Absolute, as the user wrote it. */
  readonly path: string
  /** Absolute, links resolved: where its bytes are. */
  readonly realPath: string
  readonly content: Uint8Array
}

/** Where a program runs, and under which names its files stand there. */
export interface Placement {
  /** `undefined`: a private directory, gone afterwards. */
  readonly workDir: string | undefined
  /** Path below the working directory to content; the first one is the entry point. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Reads the files of a program, each once. @throws `FILE_NOT_FOUND`, `FILE_TOO_LARGE`, `INVALID_ARGUMENT` */
export function readProgramFiles(given: readonly string[], cwd: string): readonly ProgramFile[] {
  const files = new Map<string, ProgramFile>()
  let sizeBytes = 0
  for (const word of given) {
    const path = resolve(cwd, word)
    const stat = statFile(word, path)
    const realPath = realpathSync(path)
    if (files.has(realPath)) continue // main.py *.py
    sizeBytes += stat.size
    if (sizeBytes > MAX_SOURCE_BYTES) throw tooLarge(word, sizeBytes)
    files.set(realPath, { given: word, path, realPath, content: readFileSync(realPath) })
  }
  return [...files.values()]
}

/**
 * Decides where a program runs. Files that lie in the working directory are run where they are: naming them by their
 * real path and giving them with their own content means that nothing is written. Others are copied there.
 * @throws `INVALID_ARGUMENT` when a copy would replace another file of the user
 */
export function place(files: readonly ProgramFile[], wanted: string | undefined, cwd: string, neverInPlace: boolean): Placement {
  if (wanted !== undefined) return placeIn(resolve(cwd, wanted), files)
  const here = realpathSync(cwd)
  if (!neverInPlace && files.every(({ realPath }) => isInside(here, realPath))) return placeIn(here, files)
  return { workDir: undefined, files: copies(files) }
}

/** What decides, besides the files themselves, where a program runs. */
export interface PlaceFlags {
  readonly workdir?: string
  readonly isolation?: string
  readonly disk?: number
  /** Whether the program cannot run where its files are. @defaultValue false */
  readonly copies?: boolean
}

/** Reads the files of a program and decides where they run. @throws `FILE_NOT_FOUND`, `FILE_TOO_LARGE`, `INVALID_ARGUMENT` */
export function chooseFiles(given: readonly string[], flags: PlaceFlags, { cwd, env }: Pick<CliIo, 'cwd' | 'env'>): Placement {
  const files = readProgramFiles(given, cwd)
  // The working directory is what a confined program can see and change: not the whole home because one happens to be there.
  const confined = flags.isolation !== undefined && flags.isolation !== 'none'
  const showsHome = confined && isInside(realPathOf(cwd), realPathOf(env['HOME'] ?? homedir()))
  // A limit on what the working directory holds is about the program, not about what is there already.
  return place(files, flags.workdir, cwd, showsHome || flags.disk !== undefined || flags.copies === true)
}

/** Whether a path is below a directory, or is it. Both are absolute. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function placeIn(workDir: string, files: readonly ProgramFile[]): Placement {
  const root = realPathOf(workDir)
  const copied = copies(files.filter(({ realPath }) => !isInside(root, realPath)))
  for (const [name, content] of copied) refuseToReplace(join(root, name), content)
  const inPlace = files
    .filter(({ realPath }) => isInside(root, realPath))
    .map(({ realPath, content }) => [below(root, realPath), content] as const)
  // The entry point stays the first one.
  const named = new Map(isInside(root, files[0]?.realPath ?? '') ? [...inPlace, ...copied] : [...copied, ...inPlace])
  return { workDir: root, files: named }
}

/** Files under the paths that they have below the deepest directory they share, so that they still find each other. */
function copies(files: readonly ProgramFile[]): ReadonlyMap<string, Uint8Array> {
  const [first, ...others] = files.map(({ path }) => dirname(path))
  let shared = first ?? ''
  while (!others.every((directory) => isInside(shared, directory))) shared = dirname(shared)
  return new Map(files.map(({ path, content }) => [below(shared, path), content]))
}

function below(directory: string, path: string): string {
  return relative(directory, path).split(sep).join('/')
}

function refuseToReplace(target: string, content: Uint8Array): void {
  const stat = statSync(target, { throwIfNoEntry: false })
  if (stat === undefined || (stat.isFile() && readFileSync(target).equals(content))) return
  throw invalid(
    '--workdir',
    target,
    `${target} is another file and would be replaced. Give another --workdir, or run the file where it is.`,
  )
}

/** A working directory that is not there yet is made by the executor. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return path
    throw error
  }
}

function statFile(given: string, path: string): Stats {
  let stat: Stats
  try {
    stat = statSync(path)
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) throw notFound(given, path, cause)
    throw invalid('FILE', given, `${given} cannot be read: ${(cause as Error).message}.`)
  }
  if (stat.isDirectory())
    throw invalid(
      'FILE',
      given,
      `${given} is a directory. Name the files of the program, the one to start first: polyrun run ${join(given, 'main.py')} ...`,
    )
  if (!stat.isFile())
    throw invalid('FILE', given, `${given} is no regular file. Give the program on standard input: polyrun run - --language NAME <${given}`)
  return stat
}

function notFound(given: string, path: string, cause: unknown): CodeExecutorError<'FILE_NOT_FOUND'> {
  const directory = dirname(path)
  const nearest = closestMatch(basename(path), namesIn(directory), { maxDistance: 3 })
  const hint = nearest === undefined ? 'Check the path.' : `Did you mean ${join(dirname(given), nearest)}?`
  return new CodeExecutorError('FILE_NOT_FOUND', `There is no file ${given}. ${hint}`, { path: given }, { cause })
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return [] // the directory is the thing that is not there
  }
}

function tooLarge(given: string, sizeBytes: number): CodeExecutorError<'FILE_TOO_LARGE'> {
  const message = `The files have more than ${MAX_SOURCE_BYTES} bytes with ${given}. Leave large data out of the command line; a program finds it in its working directory (--workdir).`
  return new CodeExecutorError('FILE_TOO_LARGE', message, { path: given, sizeBytes, limitBytes: MAX_SOURCE_BYTES })
}

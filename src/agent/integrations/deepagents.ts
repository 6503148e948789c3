/**
 * An executor as a backend of LangChain's deep agents (package `deepagents`): its tools for files and commands work in the
 * executor's place. The package is not loaded from here: the backend is a plain object.
 * @module
 */
import { randomUUID } from 'node:crypto'
import { isCommandRunner, type CodeExecutor, type CommandResult, type CommandRunner } from '../../core/index.ts'
import type { FileAnswer, FileBackend, FileEntry, FileFailureCode } from '../../files/index.ts'
import { assertExecutor, invalid } from '../checks.ts'
import { filesOf } from '../tools/workplace-tools.ts'

/** A file or directory; the paths of directories end with a slash. */
export interface DeepAgentsFileInfo {
  path: string
  is_dir: boolean
  size: number
  modified_at: string
}

/** The codes that the protocol has for files. */
export type DeepAgentsFileError = 'file_not_found' | 'permission_denied' | 'is_directory' | 'invalid_path'

/** Version 2 of the package's `SandboxBackendProtocol`, as far as a backend has to have it. Paths begin with a slash. */
export interface DeepAgentsBackend {
  readonly id: string
  ls(path: string): Promise<{ error?: string; files?: DeepAgentsFileInfo[] }>
  read(filePath: string, offset?: number, limit?: number): Promise<DeepAgentsReadResult>
  readRaw(filePath: string): Promise<{ error?: string; data?: DeepAgentsFileData }>
  write(filePath: string, content: string): Promise<{ error?: string; path?: string; filesUpdate?: null }>
  edit(filePath: string, oldString: string, newString: string, replaceAll?: boolean): Promise<DeepAgentsEditResult>
  grep(pattern: string, path?: string | null, glob?: string | null, maxCount?: number | null): Promise<DeepAgentsGrepResult>
  glob(pattern: string, path?: string): Promise<{ error?: string; files?: DeepAgentsFileInfo[]; truncated?: boolean }>
  delete(filePath: string): Promise<{ error?: string; path?: string; filesUpdate?: null }>
  uploadFiles(files: [path: string, content: Uint8Array][]): Promise<{ path: string; error: DeepAgentsFileError | null }[]>
  downloadFiles(paths: string[]): Promise<{ path: string; content: Uint8Array | null; error: DeepAgentsFileError | null }[]>
  execute(command: string, options?: { timeout?: number }): Promise<{ output: string; exitCode: number | null; truncated: boolean }>
}

/** What `read` answers: lines of a text, not numbered, or the bytes of another file. */
export interface DeepAgentsReadResult {
  error?: string
  content?: string | Uint8Array
  mimeType?: string
  startLine?: number
  endLine?: number
  nextOffset?: number
}

/** A file as it is. */
export interface DeepAgentsFileData {
  content: string | Uint8Array
  mimeType: string
  created_at: string
  modified_at: string
}

/** What `edit` answers. */
export interface DeepAgentsEditResult {
  error?: string
  path?: string
  occurrences?: number
  filesUpdate?: null
}

/** What `grep` answers. */
export interface DeepAgentsGrepResult {
  error?: string
  matches?: { path: string; line: number; text: string }[]
  truncated?: boolean
}

/** What a model can see of an image, a sound or a document, by the end of the name. The package shows these as they are. */
const BINARY_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  pdf: 'application/pdf',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
}
const READ_LINES = 500
const GREP_LINES = 1_000
const GLOB_ENTRIES = 1_000

/** The protocol has four codes; what has none of its own is a path that cannot be used. */
const FILE_ERRORS: Partial<Readonly<Record<FileFailureCode, DeepAgentsFileError>>> = {
  file_not_found: 'file_not_found',
  permission_denied: 'permission_denied',
  is_directory: 'is_directory',
}

/**
 * A backend for `createDeepAgent({ backend })` over an executor that has files and commands: what its agents read, write and
 * run happens in the executor's place, `/` being its working directory for both. The executor is not started or stopped by it.
 * A second argument of `execute` is `{ timeout }` in seconds, 0 for the executor's own limit.
 * @throws `INVALID_ARGUMENT` for an executor that lacks files or commands
 */
export function toDeepAgentsBackend(executor: CodeExecutor): DeepAgentsBackend {
  assertExecutor(executor, 'executor')
  const files = filesOf(executor)
  if (files === undefined || !isCommandRunner(executor)) {
    throw invalid('executor', executor.name, 'has no files and commands, which a backend needs; take one that runs commands')
  }
  return {
    id: `polyrun-${executor.name}-${randomUUID()}`,
    ...fileMembers(files),
    ...transferMembers(files),
    execute: executeMember(executor),
  }
}

type FileMembers = Pick<DeepAgentsBackend, 'ls' | 'read' | 'readRaw' | 'write' | 'edit' | 'grep' | 'glob' | 'delete'>

function fileMembers(files: FileBackend): FileMembers {
  return {
    ls: async (path) => {
      const answer = await files.list(inner(path))
      return told(answer, ({ entries }) => ({ files: entries.map(toInfo).toSorted(byPath) }))
    },
    read: async (filePath, offset = 0, limit = READ_LINES) => {
      const mimeType = BINARY_TYPES[extensionOf(filePath)]
      if (mimeType !== undefined) return told(await files.readBytes(inner(filePath)), ({ bytes }) => ({ content: bytes, mimeType }))
      const answer = await files.read(inner(filePath), { offset, limit })
      if (!answer.ok && answer.code === 'not_text') {
        return told(await files.readBytes(inner(filePath)), ({ bytes }) => ({ content: bytes, mimeType: 'application/octet-stream' }))
      }
      return told(answer, ({ text, lines, nextOffset }) => ({
        content: text,
        mimeType: 'text/plain',
        ...(lines > 0 && { startLine: offset + 1, endLine: offset + lines }),
        ...(nextOffset !== undefined && { nextOffset }),
      }))
    },
    readRaw: async (filePath) => {
      const path = inner(filePath)
      const [entry, answer] = await Promise.all([files.stat(path), files.readBytes(path)])
      return told(answer, ({ bytes }) => {
        const changed = new Date(entry.ok ? entry.modifiedAtMs : 0).toISOString()
        const text = BINARY_TYPES[extensionOf(filePath)] === undefined ? asText(bytes) : undefined
        const mimeType = BINARY_TYPES[extensionOf(filePath)] ?? (text === undefined ? 'application/octet-stream' : 'text/plain')
        return { data: { content: text ?? bytes, mimeType, created_at: changed, modified_at: changed } }
      })
    },
    write: async (filePath, content) => told(await files.write(inner(filePath), content), () => ({ path: filePath, filesUpdate: null })),
    edit: async (filePath, oldString, newString, replaceAll = false) => {
      const path = inner(filePath)
      if (oldString === newString) return told(await files.stat(path), () => ({ path: filePath, occurrences: 1, filesUpdate: null }))
      if (oldString === '') return fillEmpty(files, filePath, newString)
      const answer = await files.edit(path, oldString, newString, { replaceAll })
      return told(answer, ({ occurrences }) => ({ path: filePath, occurrences, filesUpdate: null }))
    },
    grep: async (pattern, path, glob, maxCount) => {
      const query = { pattern, kind: 'literal', path: inner(path ?? '/'), limit: maxCount ?? GREP_LINES, hidden: true } as const
      const answer = await files.grep({ ...query, ...(typeof glob === 'string' && { glob }) })
      return told(answer, ({ matches, truncated }) => ({
        matches: matches.map(({ path: found, line, text }) => ({ path: `/${found}`, line, text })),
        ...(truncated && { truncated }),
      }))
    },
    glob: async (pattern, path = '/') => {
      // Agents write patterns as paths from the root.
      const answer = await files.glob(pattern.replace(/^\/+/, ''), { path: inner(path), limit: GLOB_ENTRIES })
      return told(answer, ({ entries, truncated }) => ({ files: entries.map(toInfo), ...(truncated && { truncated }) }))
    },
    delete: async (filePath) =>
      told(await files.remove(inner(filePath), { recursive: true }), () => ({ path: filePath, filesUpdate: null })),
  }
}

function transferMembers(files: FileBackend): Pick<DeepAgentsBackend, 'uploadFiles' | 'downloadFiles'> {
  return {
    uploadFiles: async (given) => {
      const answers = await files.writeFiles(given.map(([path, content]) => ({ path: inner(path), content })))
      return given.map(([path], index) => ({ path, error: errorOf(answers[index]) }))
    },
    downloadFiles: async (paths) => {
      const answers = await files.readFiles(paths.map(inner))
      return paths.map((path, index) => {
        const answer = answers[index]
        return { path, content: answer?.ok ? answer.bytes : null, error: errorOf(answer) }
      })
    },
  }
}

function executeMember(runner: CommandRunner): DeepAgentsBackend['execute'] {
  return async (command, { timeout = 0 } = {}) => {
    const result = await runner.runCommand(command, timeout > 0 ? { timeoutMs: timeout * 1_000 } : {})
    return { output: combined(result), exitCode: exitCodeOf(result), truncated: result.omittedBytes.output + result.omittedBytes.error > 0 }
  }
}

/** One text for both streams, as the protocol wants it, with what to do where a command did not run to its own end. */
function combined({ output, error, advice, errorKind }: CommandResult): string {
  const parts = [output, error, ...(errorKind === undefined ? [] : [`[${errorKind}] ${advice ?? ''}`.trim()])]
  return parts.filter((part) => part !== '').reduce((all, part) => (all === '' || all.endsWith('\n') ? all + part : `${all}\n${part}`), '')
}

/** Agents know 124 for a time limit and 127 for a program that is not there, as shells tell them. */
function exitCodeOf({ exitCode, errorKind }: CommandResult): number | null {
  if (exitCode !== null) return exitCode
  if (errorKind === 'timeout') return 124
  return errorKind === 'not_found' ? 127 : null
}

/** An empty text stands nowhere and everywhere: it fills an empty file, and no other. */
async function fillEmpty(files: FileBackend, filePath: string, content: string): Promise<DeepAgentsEditResult> {
  const entry = await files.stat(inner(filePath))
  if (entry.ok && entry.sizeBytes > 0) return { error: `${filePath} is not empty; give the text to replace.` }
  if (!entry.ok) return { error: entry.message }
  return told(await files.write(inner(filePath), content), () => ({ path: filePath, occurrences: 1, filesUpdate: null }))
}

/** `/` is the working directory. */
function inner(path: string): string {
  return path.replace(/^\/+/, '').replace(/\/+$/, '')
}

function told<T extends object, R extends object>(answer: FileAnswer<T>, words: (found: T) => R): R | { error: string } {
  return answer.ok ? words(answer) : { error: answer.message }
}

function errorOf(answer: FileAnswer<object> | undefined): DeepAgentsFileError | null {
  if (answer === undefined) return 'invalid_path'
  return answer.ok ? null : (FILE_ERRORS[answer.code] ?? 'invalid_path')
}

function toInfo({ path, kind, sizeBytes, modifiedAtMs }: FileEntry): DeepAgentsFileInfo {
  const isDirectory = kind === 'directory'
  return {
    path: `/${path}${isDirectory ? '/' : ''}`,
    is_dir: isDirectory,
    size: sizeBytes,
    modified_at: new Date(modifiedAtMs).toISOString(),
  }
}

function byPath(a: DeepAgentsFileInfo, b: DeepAgentsFileInfo): number {
  return a.path < b.path ? -1 : 1
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).toLowerCase()
}

function asText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

import type { FileAnswer, FileFailureCode } from './file-failure.ts'

/**
 * A place of files, with or without an executor behind it. Paths have `/` between their parts and are relative to the
 * root; `''`, `.` and `/` are the root itself. Answers name files in that form, without a slash at the start.
 *
 * What a caller can cause is answered as a {@link FileFailure} and never thrown. What is thrown is a failure of the place
 * (`CodeExecutorError`) or the reason of the caller's signal. Every call is bounded; an answer that was cut says so with
 * `truncated`.
 */
export interface FileBackend {
  /** What is in a directory, by name; a file lists itself. */
  list(path?: string, options?: ListOptions): Promise<FileAnswer<Listing>>
  /** What a path names. A link is followed as long as it stays below the root. */
  stat(path: string, options?: FileCallOptions): Promise<FileAnswer<FileEntry>>
  /** Whether something is there that may be looked at. */
  exists(path: string, options?: FileCallOptions): Promise<boolean>
  /** Lines of a text file, exactly as they stand there. */
  read(path: string, options?: ReadOptions): Promise<FileAnswer<TextPart>>
  /** Bytes of a file. */
  readBytes(path: string, options?: ReadBytesOptions): Promise<FileAnswer<BytesPart>>
  /** Writes a file, whole or not at all, with its parent directories. */
  write(path: string, content: FileContent, options?: WriteOptions): Promise<FileAnswer<Written>>
  /** Replaces a text in a file: the only place where it stands, or every one with `replaceAll`. */
  edit(path: string, oldText: string, newText: string, options?: EditOptions): Promise<FileAnswer<Edited>>
  /** Removes a file or a link; a directory with `recursive`. */
  remove(path: string, options?: RemoveOptions): Promise<FileAnswer<{ readonly path: string }>>
  /**
   * Files whose path matches a pattern of `*`, `**`, `?`, `[a-z]` and `{a,b}`, by path. A pattern without `/` is looked for
   * at every depth. Links are not followed.
   */
  glob(pattern: string, options?: GlobOptions): Promise<FileAnswer<Listing>>
  /** Lines that have a text or match a regular expression, in linear time. Binary files and links are passed over. */
  grep(query: GrepQuery, options?: FileCallOptions): Promise<FileAnswer<GrepResult>>
  /** Writes many files; one answer for each, in their order. */
  writeFiles(files: readonly FileToWrite[], options?: FileCallOptions): Promise<readonly FileAnswer<Written>[]>
  /** Reads many files whole; one answer for each, in their order. */
  readFiles(paths: readonly string[], options?: FileCallOptions): Promise<readonly FileAnswer<BytesPart>[]>
}

/** Text, which is written as UTF-8, or bytes. */
export type FileContent = string | Uint8Array

/** What every file call takes. */
export interface FileCallOptions {
  /** Ends the call, which then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/** What a path can name. A link is only listed as one; `other` is a pipe, a device or a socket. */
export type FileKind = 'file' | 'directory' | 'link' | 'other'

/** What is known of a file without reading it. */
export interface FileEntry {
  /** Relative to the root; `''` is the root. */
  readonly path: string
  readonly kind: FileKind
  /** Size in bytes; 0 for what is no file. */
  readonly sizeBytes: number
  /** When it was last changed, in milliseconds since 1970. */
  readonly modifiedAtMs: number
  /** Permission bits, where the place has them. */
  readonly mode?: number | undefined
  /** Another text after each change: what `ifUnchangedSince` takes. */
  readonly version: string
  /** The path without links, when `stat` went through some. */
  readonly resolved?: string
}

/** Options of {@link FileBackend.list}. */
export interface ListOptions extends FileCallOptions {
  /** How many entries are passed over. @defaultValue 0 */
  readonly offset?: number
  /** The most entries to answer. @defaultValue 1000 */
  readonly limit?: number
}

/** Entries by path. */
export interface Listing {
  readonly entries: readonly FileEntry[]
  /** Whether there are more. */
  readonly truncated: boolean
  /** The `offset` of the next part, when there is one. */
  readonly nextOffset?: number
}

/** Options of {@link FileBackend.read}. */
export interface ReadOptions extends FileCallOptions {
  /** The first line to answer, from 0. @defaultValue 0 */
  readonly offset?: number
  /** The most lines to answer. @defaultValue 2000 */
  readonly limit?: number
  /** The most bytes to answer. @defaultValue 262_144 */
  readonly limitBytes?: number
}

/** Lines of a file. */
export interface TextPart {
  readonly path: string
  /** The lines with their ends. Not numbered. */
  readonly text: string
  /** Which line comes first, from 0. */
  readonly offset: number
  /** How many lines these are. */
  readonly lines: number
  /** Whether the file has more. */
  readonly truncated: boolean
  /** The `offset` of the next part, when there is one. */
  readonly nextOffset?: number
  /** The only line here is longer than an answer may be, and was cut. `readBytes` has the rest. */
  readonly lineCut?: true
  readonly sizeBytes: number
  /** What `ifUnchangedSince` takes. */
  readonly version: string
}

/** Options of {@link FileBackend.readBytes}. */
export interface ReadBytesOptions extends FileCallOptions {
  /** The first byte to answer, from 0. @defaultValue 0 */
  readonly offset?: number
  /** The most bytes to answer. @defaultValue 8_388_608 */
  readonly limit?: number
}

/** Bytes of a file. */
export interface BytesPart {
  readonly path: string
  readonly bytes: Uint8Array
  /** Which byte comes first, from 0. */
  readonly offset: number
  /** Whether the file has more. */
  readonly truncated: boolean
  /** The `offset` of the next part, when there is one. */
  readonly nextOffset?: number
  readonly sizeBytes: number
  /** Permission bits, where the place has them. */
  readonly mode?: number | undefined
  /** What `ifUnchangedSince` takes. */
  readonly version: string
}

/** Options of {@link FileBackend.write}. */
export interface WriteOptions extends FileCallOptions {
  /** Permission bits. @defaultValue what the file had, else 0o644 */
  readonly mode?: number | undefined
  /** Writes only while the file still has this `version`; else the answer is `changed`. */
  readonly ifUnchangedSince?: string | undefined
}

/** A file of {@link FileBackend.writeFiles}. */
export interface FileToWrite {
  readonly path: string
  readonly content: FileContent
  /** Permission bits. @defaultValue what the file had, else 0o644 */
  readonly mode?: number | undefined
}

/** What was written. */
export interface Written {
  readonly path: string
  readonly sizeBytes: number
  /** Whether there was no such file before; absent where many are written at once and that is not known. */
  readonly created?: boolean
  /** The new version, for `ifUnchangedSince`. */
  readonly version: string
}

/** Options of {@link FileBackend.edit}. */
export interface EditOptions extends FileCallOptions {
  /** Replaces every place, from the start and without overlaps. @defaultValue false: there must be exactly one */
  readonly replaceAll?: boolean
  /** Edits only while the file still has this `version`; else the answer is `changed`. */
  readonly ifUnchangedSince?: string | undefined
}

/** What was edited. */
export interface Edited {
  readonly path: string
  /** How many places were replaced. */
  readonly occurrences: number
  readonly sizeBytes: number
  /** The new version, for `ifUnchangedSince`. */
  readonly version: string
}

/** Options of {@link FileBackend.remove}. */
export interface RemoveOptions extends FileCallOptions {
  /** Removes directories with all they hold. @defaultValue false */
  readonly recursive?: boolean
}

/** Options of {@link FileBackend.glob}. */
export interface GlobOptions extends FileCallOptions {
  /** The directory to look in; the pattern is relative to it. @defaultValue the root */
  readonly path?: string
  /** The most entries to answer. @defaultValue 1000 */
  readonly limit?: number
  /** Looks at names that start with a dot, too. A pattern that names the dot finds them anyway. @defaultValue false */
  readonly hidden?: boolean
  /** Answers directories, too. @defaultValue false */
  readonly directories?: boolean
}

/** What {@link FileBackend.grep} looks for. */
export interface GrepQuery {
  readonly pattern: string
  /** Whether the pattern is a text or a regular expression (of RE2 and ripgrep: no look-around, no back references). */
  readonly kind: 'literal' | 'regex'
  /** A file, or the directory to look in. @defaultValue the root */
  readonly path?: string
  /** Looks only into files whose path matches; see {@link FileBackend.glob}. */
  readonly glob?: string
  /** @defaultValue false */
  readonly ignoreCase?: boolean
  /** Looks into files and directories that start with a dot, too. @defaultValue false */
  readonly hidden?: boolean
  /** The most lines to answer. @defaultValue 1000 */
  readonly limit?: number
}

/** A line that was found. */
export interface GrepMatch {
  readonly path: string
  /** Its number, from 1. */
  readonly line: number
  /** The line without its end; of a long one the first 500 characters. */
  readonly text: string
}

/** What {@link FileBackend.grep} found, by path and line. */
export interface GrepResult {
  readonly matches: readonly GrepMatch[]
  /** Whether there may be more: the limit was reached, or not everything was looked at. */
  readonly truncated: boolean
}

/** Files of an executor's working directory, and ways between it and this machine. The paths are those that commands see. */
export interface ExecutorFiles extends FileBackend {
  /**
   * Brings files of this machine: paths of files and directories, and patterns such as `data/*.csv`. A file lands under its
   * own name, a directory with all it holds under its own name; links are not followed.
   */
  upload(sources: string | readonly string[], options?: UploadOptions): Promise<Uploaded>
  /** Saves files and directories below a directory of this machine, under the same paths. They are copied, never moved. */
  download(paths: string | readonly string[], outputDir: string, options?: FileCallOptions): Promise<Downloaded>
  /** Copies files and directories to another place, under the same paths or below `to`. */
  copyTo(other: FileBackend | { readonly files: FileBackend }, paths: string | readonly string[], options?: CopyOptions): Promise<Copied>
}

/** Options of {@link ExecutorFiles.upload}. */
export interface UploadOptions extends FileCallOptions {
  /** The directory to put them in. @defaultValue the root */
  readonly to?: string
}

/** Options of {@link ExecutorFiles.copyTo}. */
export interface CopyOptions extends FileCallOptions {
  /** The directory to put them in. @defaultValue the root */
  readonly to?: string
}

/** What became of files that were to be moved. Nothing is thrown for one of them. */
export interface Uploaded {
  readonly uploaded: readonly { readonly source: string; readonly path: string; readonly sizeBytes: number }[]
  readonly failed: readonly TransferFailure[]
}

/** What became of files that were to be saved. */
export interface Downloaded {
  /** `target` is the absolute path on this machine. */
  readonly saved: readonly { readonly path: string; readonly target: string; readonly sizeBytes: number }[]
  readonly failed: readonly TransferFailure[]
}

/** What became of files that were to be copied. */
export interface Copied {
  /** `target` is the path in the other place. */
  readonly copied: readonly { readonly path: string; readonly target: string; readonly sizeBytes: number }[]
  readonly failed: readonly TransferFailure[]
}

/** A file that was not moved, and why. */
export interface TransferFailure {
  /** What was asked for, or what was found below it. */
  readonly path: string
  /** A {@link FileFailure} code, or `collision` for two files that would become one. */
  readonly code: FileFailureCode | 'collision'
  readonly message: string
}

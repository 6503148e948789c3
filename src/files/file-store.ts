import type { FileEntry, GrepMatch } from './file-backend.ts'

/**
 * The extension point for files of your own: the few things that a place of files must be able to do. Paths are checked
 * before they come here: relative, `/` between parts, no `.` or `..`, `''` for the root. A failure that a caller can cause is
 * a {@link FileProblem}; anything else that is thrown is a failure of the place. `new StoreFiles(store)` makes a
 * {@link FileBackend} of it.
 */
export interface FileStore {
  /** What it calls itself in errors. */
  readonly name: string
  /** What a path names; links that stay below the root are followed. */
  stat(path: string, call: StoreCall): Promise<StoreEntry>
  /**
   * What is below a directory, links not followed, in any order; one level, or all. Paths are relative to the root.
   * Ends at `limit` entries with `truncated`.
   */
  scan(path: string, options: ScanOptions, call: StoreCall): Promise<Scan>
  /** Bytes of a regular file from `offset`; fewer than `length` only at its end. */
  read(path: string, range: ByteRange, call: StoreCall): Promise<StoreRead>
  /** Writes a file, whole or not at all, with its parent directories. */
  write(path: string, content: Uint8Array, options: StoreWriteOptions, call: StoreCall): Promise<StoreWritten>
  /** Removes a file or link, or a directory with all it holds when `recursive`. */
  remove(path: string, options: { readonly recursive: boolean }, call: StoreCall): Promise<void>

  /** Where the root is, for callers who name files by absolute paths. @defaultValue the root is `/` */
  rootPath?(call: StoreCall): Promise<string>
  /** Writes many files; a failure for each that could not be written. @defaultValue `write`, one after the other */
  writeMany?(files: readonly StoreFile[], call: StoreCall): Promise<readonly (StoreWritten | Error)[]>
  /** Reads many files whole; a failure for each that could not be read. @defaultValue `read`, one after the other */
  readMany?(paths: readonly string[], limitBytes: number, call: StoreCall): Promise<readonly (StoreRead | Error)[]>
  /** Searches; `undefined` when it cannot do so here. @defaultValue `scan` and `read` */
  grep?(search: StoreSearch, call: StoreCall): Promise<StoreSearchResult | undefined>
}

/** What goes with every call. */
export interface StoreCall {
  /** Ends the call. */
  readonly signal: AbortSignal | undefined
}

/** {@link FileEntry} without its path. */
export type StoreEntry = Omit<FileEntry, 'path'>

/** Options of {@link FileStore.scan}. */
export interface ScanOptions {
  readonly recursive: boolean
  /** The most entries. */
  readonly limit: number
  /** Whether directories below whose name starts with a dot are looked into. */
  readonly hidden: boolean
  /** Whether size, time and version are needed; a store may leave them out (`version` is then `''`) when this is off. */
  readonly facts: boolean
}

/** What {@link FileStore.scan} found. */
export interface Scan {
  readonly entries: FileEntry[]
  readonly truncated: boolean
}

/** A part of a file. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** Bytes, and what is known of the file they are from. */
export interface StoreRead {
  readonly bytes: Uint8Array
  readonly entry: StoreEntry
}

/** Options of {@link FileStore.write}. */
export interface StoreWriteOptions {
  /** Permission bits; what the file has, else 0o644, when absent. */
  readonly mode: number | undefined
  /** Writes only while the file has this version; else `changed`. */
  readonly ifVersion: string | undefined
}

/** What {@link FileStore.write} did. */
export interface StoreWritten {
  /** Whether there was no such file before; absent where that is not known. */
  readonly created?: boolean
  readonly version: string
}

/** A file of {@link FileStore.writeMany}. */
export interface StoreFile {
  readonly path: string
  readonly content: Uint8Array
  readonly mode: number | undefined
}

/** What {@link FileStore.grep} looks for, every default filled in. */
export interface StoreSearch {
  readonly pattern: string
  readonly kind: 'literal' | 'regex'
  readonly path: string
  readonly glob: string | undefined
  readonly ignoreCase: boolean
  readonly hidden: boolean
  readonly limit: number
  /** Whether a file may be looked into. */
  admits(path: string): boolean
}

/** What {@link FileStore.grep} found. */
export interface StoreSearchResult {
  readonly matches: GrepMatch[]
  readonly truncated: boolean
}

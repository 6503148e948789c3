import {
  StoreFiles,
  copyFiles,
  downloadFiles,
  uploadFiles,
  type Copied,
  type CopyOptions,
  type Downloaded,
  type ExecutorFiles,
  type FileBackend,
  type FileCallOptions,
  type FileStore,
  type StoreCall,
  type StoreSearch,
  type StoreSearchResult,
  type Uploaded,
  type UploadOptions,
} from '../../files/index.ts'
import type { CommandPlace } from '../command-place.ts'
import { searchWithRipgrep } from './ripgrep.ts'
import { ShellStore } from './shell-store.ts'

/** Does something in the started place, and ends it with the place or the signal. */
export type WhileOpen = <T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal) => Promise<T>

/** The files of an executor: started when they are first used, and ended with it. */
export class PlaceFiles extends StoreFiles implements ExecutorFiles {
  readonly #whileOpen: WhileOpen
  readonly #place: CommandPlace

  /** @param native - what the backend brings; its shell does it otherwise */
  constructor(place: CommandPlace, name: string, native: FileStore | undefined, whileOpen: WhileOpen) {
    super(native ?? new ShellStore(place, name))
    this.#place = place
    this.#whileOpen = whileOpen
  }

  protected override withStore<T>(options: FileCallOptions, work: (store: FileStore, call: StoreCall) => Promise<T>): Promise<T> {
    return this.#whileOpen((signal) => super.withStore({ signal }, work), options.signal)
  }

  protected override async searchIn(store: FileStore, search: StoreSearch, call: StoreCall): Promise<StoreSearchResult> {
    return (await searchWithRipgrep(this.#place, store, search, call)) ?? super.searchIn(store, search, call)
  }

  upload(sources: string | readonly string[], options: UploadOptions = {}): Promise<Uploaded> {
    return uploadFiles(this, sources, options)
  }

  download(paths: string | readonly string[], outputDir: string, options: FileCallOptions = {}): Promise<Downloaded> {
    return downloadFiles(this, paths, outputDir, options)
  }

  copyTo(
    other: FileBackend | { readonly files: FileBackend },
    paths: string | readonly string[],
    options: CopyOptions = {},
  ): Promise<Copied> {
    return copyFiles(this, 'writeFiles' in other ? other : other.files, paths, options)
  }
}

import { realpathSync, statSync } from 'node:fs'
import { assertKnownKeys, CodeExecutorError } from '../../core/index.ts'
import { FileProblem } from '../file-failure.ts'
import { StoreFiles } from '../store-files.ts'
import { stateFiles, type StateFile } from '../state/state-backend.ts'
import type { FileFailure } from '../file-failure.ts'
import type { StoreEntry } from '../file-store.ts'
import { HostStore } from './host-store.ts'
import { OverlayStore } from './overlay-store.ts'

/** Options of {@link FilesystemBackend}. */
export interface FilesystemBackendOptions {
  /** The directory that nothing leaves. It must be there. */
  readonly rootDir: string
  /**
   * Keeps writes and removals in memory, above the directory, until `commit` or `discard`. Reads, listings and searches see
   * both. @defaultValue false
   */
  readonly virtualMode?: boolean
}

/** What {@link FilesystemBackend.commit} did. */
export interface CommitReport {
  /** Files that are on the disk now. */
  readonly written: readonly string[]
  /** What is removed from the disk now. */
  readonly removed: readonly string[]
  /** What was not done, with the reason; it is still in memory. */
  readonly failed: readonly FileFailure[]
}

/**
 * Files of a directory of this machine. Links are followed only below it; absolute paths must be below it.
 *
 * ```ts
 * const backend = new FilesystemBackend({ rootDir: '/path/to/project', virtualMode: true })
 * await backend.write('new.py', 'print(1)') // only in memory
 * await backend.commit()
 * ```
 */
export class FilesystemBackend extends StoreFiles {
  readonly #base: HostStore
  readonly #overlay: OverlayStore | undefined

  /** @throws `INVALID_ARGUMENT` for a root that is no directory */
  constructor(options: FilesystemBackendOptions) {
    assertKnownKeys(options, ['rootDir', 'virtualMode'] satisfies (keyof FilesystemBackendOptions)[], 'options')
    const base = new HostStore('filesystem', readRoot(options.rootDir))
    const overlay = options.virtualMode === true ? new OverlayStore(base) : undefined
    super(overlay ?? base)
    this.#base = base
    this.#overlay = overlay
  }

  /** The files that are only in memory, as plain JSON, by path. Empty without `virtualMode`. */
  get virtualFiles(): Readonly<Record<string, StateFile>> {
    return this.#overlay ? stateFiles(this.#overlay.written) : {}
  }

  /** What is removed only in memory. */
  get virtualRemovals(): readonly string[] {
    return [...(this.#overlay?.removed ?? [])].toSorted()
  }

  /**
   * Brings what is in memory to the disk: removals first, then each file, whole or not at all. A file that somebody else
   * changed on the disk meanwhile is `changed` and stays in memory.
   */
  async commit(): Promise<CommitReport> {
    const overlay = this.#overlay
    const report = { written: [] as string[], removed: [] as string[], failed: [] as FileFailure[] }
    if (!overlay) return report
    const attempt = async (path: string, done: string[], work: () => Promise<void>): Promise<void> => {
      try {
        await work()
        done.push(path)
      } catch (error) {
        if (!(error instanceof FileProblem)) throw error
        report.failed.push(error.failure)
      }
    }
    for (const path of [...overlay.removed]) await attempt(path, report.removed, () => this.#commitRemoval(overlay, path))
    for (const path of [...overlay.written.files.keys()]) await attempt(path, report.written, () => this.#commitFile(overlay, path))
    return report
  }

  /** Forgets what is in memory. */
  discard(): void {
    if (!this.#overlay) return
    for (const path of [...this.#overlay.written.files.keys()]) this.#overlay.written.remove(path, false)
    this.#overlay.removed.clear()
    this.#overlay.seen.clear()
  }

  async #commitRemoval(overlay: OverlayStore, path: string): Promise<void> {
    const now = await this.#find(path)
    if (now?.kind === 'file' && overlay.seen.get(path) !== now.version)
      throw new FileProblem('changed', path, 'was changed by somebody else meanwhile')
    // A file that is written again is replaced in one step, below.
    const isReplaced = now?.kind === 'file' && overlay.written.files.has(path)
    if (!isReplaced) {
      await this.#base.remove(path, { recursive: true }).catch(exceptMissing)
      overlay.seen.delete(path)
    }
    overlay.removed.delete(path)
  }

  async #commitFile(overlay: OverlayStore, path: string): Promise<void> {
    const file = overlay.written.files.get(path)
    if (!file) return
    const ifVersion = overlay.seen.get(path)
    if (ifVersion === undefined && (await this.#find(path))) throw new FileProblem('changed', path, 'was made by somebody else meanwhile')
    await this.#base.write(path, file.content, { mode: file.mode, ifVersion })
    overlay.written.remove(path, false)
    overlay.seen.delete(path)
  }

  async #find(path: string): Promise<StoreEntry | undefined> {
    return this.#base.stat(path).catch(exceptMissing)
  }
}

function exceptMissing(error: unknown): undefined {
  if (error instanceof FileProblem && error.code === 'file_not_found') return undefined
  throw error
}

function readRoot(rootDir: string): string {
  try {
    const root = realpathSync(rootDir)
    if (statSync(root).isDirectory()) return root
  } catch {}
  throw new CodeExecutorError('INVALID_ARGUMENT', `rootDir ${JSON.stringify(rootDir)} is no directory; make it first.`, {
    argument: 'rootDir',
    value: rootDir,
  })
}

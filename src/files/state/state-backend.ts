import { CodeExecutorError } from '../../core/index.ts'
import { FileProblem } from '../file-failure.ts'
import type { FileStore } from '../file-store.ts'
import { parseFilePath } from '../file-path.ts'
import { StoreFiles } from '../store-files.ts'
import { MemoryTree, type MemoryFile } from './memory-tree.ts'

/** A file of a {@link StateBackend} as plain JSON. */
export interface StateFile {
  /** Its content: text, or bytes that are no UTF-8 in base64. */
  readonly content: string
  readonly encoding: 'utf-8' | 'base64'
  /** When it was made, as ISO 8601. */
  readonly createdAt: string
  /** When it was last changed, as ISO 8601. */
  readonly modifiedAt: string
  /** Permission bits, if some were given. */
  readonly mode?: number
}

/** Options of {@link StateBackend}. */
export interface StateBackendOptions {
  /** The files it starts with: path to text, or what another one's `files` gave. */
  readonly files?: Readonly<Record<string, string | StateFile>>
}

/**
 * Files in memory, and nowhere else. `files` gives them as plain JSON, which another one can start with.
 *
 * ```ts
 * const backend = new StateBackend({ files: { 'src/app.py': 'print("hello")' } })
 * await backend.edit('src/app.py', 'hello', 'goodbye')
 * ```
 */
export class StateBackend extends StoreFiles {
  readonly #tree: MemoryTree

  /** @throws `INVALID_ARGUMENT` for files that cannot be */
  constructor({ files = {} }: StateBackendOptions = {}) {
    const tree = new MemoryTree()
    super(memoryStore(tree))
    this.#tree = tree
    for (const [path, file] of Object.entries(files)) load(tree, path, file)
  }

  /** All files as plain JSON, by path. */
  get files(): Readonly<Record<string, StateFile>> {
    return stateFiles(this.#tree)
  }
}

/** Files in memory as plain JSON, by path. */
export function stateFiles(tree: MemoryTree): Readonly<Record<string, StateFile>> {
  return Object.fromEntries([...tree.files].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, file]) => [path, toJson(file)]))
}

/** A store over files in memory. */
function memoryStore(tree: MemoryTree): FileStore {
  return {
    name: 'state',
    stat: async (path) => tree.entry(path),
    scan: async (path, options) => tree.scan(path, options),
    read: async (path, range) => tree.read(path, range),
    write: async (path, content, options) => tree.write(path, content, options),
    remove: async (path, { recursive }) => tree.remove(path, recursive),
  }
}

function toJson({ content, createdAtMs, modifiedAtMs, mode }: MemoryFile): StateFile {
  const text = asText(content)
  return {
    content: text ?? Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64'),
    encoding: text === undefined ? 'base64' : 'utf-8',
    createdAt: new Date(createdAtMs).toISOString(),
    modifiedAt: new Date(modifiedAtMs).toISOString(),
    ...(mode !== undefined && { mode }),
  }
}

function asText(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return undefined
  }
}

function load(tree: MemoryTree, path: string, file: string | StateFile): void {
  try {
    const at = parseFilePath(path)
    const isPlain = typeof file === 'string'
    const content = isPlain ? Buffer.from(file) : Buffer.from(file.content, file.encoding)
    tree.write(at, content, { mode: isPlain ? undefined : file.mode, ifVersion: undefined })
    const written = tree.files.get(at)
    if (isPlain || written === undefined) return
    const [createdAtMs, modifiedAtMs] = [Date.parse(file.createdAt), Date.parse(file.modifiedAt)]
    if (Number.isFinite(createdAtMs + modifiedAtMs)) tree.files.set(at, { ...written, createdAtMs, modifiedAtMs })
  } catch (cause) {
    if (!(cause instanceof FileProblem) && !(cause instanceof TypeError)) throw cause
    throw new CodeExecutorError(
      'INVALID_ARGUMENT',
      `files: ${cause.message}`,
      { argument: `files[${JSON.stringify(path)}]`, value: file },
      { cause },
    )
  }
}

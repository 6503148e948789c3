import type * as types from '../file-backend.ts'
import { answering, FileProblem, type FileAnswer } from '../file-failure.ts'
import { joinPath, nameOf, parentOf, parsePath } from '../file-path.ts'
import { createFileRules, type FileOperation, type FilePermissions, type FileRules } from './file-rules.ts'

/**
 * A view of a backend that keeps to rules. What may not be read is in no listing and no search. Rules hold for a path and
 * for where it leads through links. An edit must be allowed as a read, a write and an edit, since it tells and changes.
 *
 * They hold what goes through this view. Who may run commands in the place reaches its files without it.
 *
 * @throws `INVALID_ARGUMENT` for what can be no rule
 */
export function withPermissions(backend: types.FileBackend, permissions: FilePermissions): types.FileBackend {
  return new PermittedFiles(backend, createFileRules(permissions))
}

class PermittedFiles implements types.FileBackend {
  readonly #inner: types.FileBackend
  readonly #rules: FileRules

  constructor(inner: types.FileBackend, rules: FileRules) {
    this.#inner = inner
    this.#rules = rules
  }

  async list(path = '', options?: types.ListOptions): Promise<FileAnswer<types.Listing>> {
    return (await this.#refusal(['list'], path)) ?? this.#visible(await this.#inner.list(path, options), 'list')
  }

  async stat(path: string, options?: types.FileCallOptions): Promise<FileAnswer<types.FileEntry>> {
    return (await this.#refusal(['list'], path)) ?? this.#inner.stat(path, options)
  }

  async exists(path: string, options?: types.FileCallOptions): Promise<boolean> {
    return (await this.stat(path, options)).ok
  }

  async read(path: string, options?: types.ReadOptions): Promise<FileAnswer<types.TextPart>> {
    return (await this.#refusal(['read'], path)) ?? this.#inner.read(path, options)
  }

  async readBytes(path: string, options?: types.ReadBytesOptions): Promise<FileAnswer<types.BytesPart>> {
    return (await this.#refusal(['read'], path)) ?? this.#inner.readBytes(path, options)
  }

  async write(path: string, content: types.FileContent, options?: types.WriteOptions): Promise<FileAnswer<types.Written>> {
    return (await this.#refusal(['write'], path)) ?? this.#inner.write(path, content, options)
  }

  async edit(path: string, oldText: string, newText: string, options?: types.EditOptions): Promise<FileAnswer<types.Edited>> {
    return (await this.#refusal(['read', 'write', 'edit'], path)) ?? this.#inner.edit(path, oldText, newText, options)
  }

  /** A directory goes only when all it holds may go. */
  async remove(path: string, options?: types.RemoveOptions): Promise<FileAnswer<{ readonly path: string }>> {
    return (await this.#refusal(['remove'], path)) ?? (await this.#keptBelow(path, options)) ?? this.#inner.remove(path, options)
  }

  async glob(pattern: string, options?: types.GlobOptions): Promise<FileAnswer<types.Listing>> {
    return (await this.#refusal(['glob'], options?.path ?? '')) ?? this.#visible(await this.#inner.glob(pattern, options), 'glob')
  }

  async grep(query: types.GrepQuery, options?: types.FileCallOptions): Promise<FileAnswer<types.GrepResult>> {
    const refusal = await this.#refusal(['grep'], query?.path ?? '')
    if (refusal) return refusal
    const answer = await this.#inner.grep(query, options)
    if (!answer.ok) return answer
    // Nobody can be asked about each line, so what would be asked about is left out.
    return {
      ...answer,
      matches: answer.matches.filter(
        ({ path }) => this.#rules.decide('read', path) === 'allow' && this.#rules.decide('grep', path) !== 'deny',
      ),
    }
  }

  async writeFiles(files: readonly types.FileToWrite[], options?: types.FileCallOptions): Promise<readonly FileAnswer<types.Written>[]> {
    return this.#each(
      files,
      ({ path }) => path,
      'write',
      (allowed) => this.#inner.writeFiles(allowed, options),
    )
  }

  async readFiles(paths: readonly string[], options?: types.FileCallOptions): Promise<readonly FileAnswer<types.BytesPart>[]> {
    return this.#each(
      paths,
      (path) => path,
      'read',
      (allowed) => this.#inner.readFiles(allowed, options),
    )
  }

  async #each<T, A extends object>(
    items: readonly T[],
    pathOf: (item: T) => string,
    operation: FileOperation,
    ask: (allowed: readonly T[]) => Promise<readonly FileAnswer<A>[]>,
  ): Promise<readonly FileAnswer<A>[]> {
    const refusals: (FileAnswer<A> | undefined)[] = []
    for (const item of items) refusals.push(await this.#refusal([operation], pathOf(item)))
    const answers = await ask(items.filter((_, index) => refusals[index] === undefined))
    let next = 0
    return refusals.map((refusal, index) => refusal ?? answers[next++] ?? missing(pathOf(items[index] as T)))
  }

  /** The answer when something may not be done with a path, or with what it leads to. */
  async #refusal(operations: readonly FileOperation[], path: string): Promise<FileAnswer<never> | undefined> {
    const outcome = await answering(async () => {
      for (const each of isPath(path) ? new Set(await this.#places(path)) : []) {
        for (const operation of operations) {
          if (!(await this.#rules.check(operation, each)))
            throw new FileProblem('permission_denied', each, `may not be used for ${operation}`)
        }
      }
      return {}
    })
    return outcome.ok ? undefined : outcome
  }

  /** A path as the backend names it, and where it leads; for what is not there yet, by its directory. */
  async #places(path: string): Promise<readonly [named: string, resolved: string]> {
    const at = parsePath(path)
    const stat = await this.#inner.stat(path.startsWith('/') ? `/${at}` : at)
    if (stat.ok) return [stat.path, stat.resolved ?? stat.path]
    if (at === '') return ['', '']
    const above = await this.#places(path.startsWith('/') ? `/${parentOf(at)}` : parentOf(at))
    return [joinPath(above[0], nameOf(at)), joinPath(above[1], nameOf(at))]
  }

  async #keptBelow(path: string, options: types.RemoveOptions | undefined): Promise<FileAnswer<never> | undefined> {
    if (options?.recursive !== true) return undefined
    const below = await this.#inner.glob('**', { path, hidden: true, directories: true, limit: Number.MAX_SAFE_INTEGER })
    if (!below.ok) return undefined // a file, or nothing
    const kept = below.entries.find((entry) => this.#rules.decide('remove', entry.path) === 'deny')
    if (!kept && !below.truncated) return undefined
    return new FileProblem(
      'permission_denied',
      path,
      kept ? `holds ${JSON.stringify(kept.path)}, which may not be removed` : 'holds too much to be checked',
    ).failure
  }

  #visible(answer: FileAnswer<types.Listing>, operation: FileOperation): FileAnswer<types.Listing> {
    if (!answer.ok) return answer
    const isVisible = ({ path }: types.FileEntry): boolean =>
      this.#rules.decide(operation, path) !== 'deny' && this.#rules.decide('read', path) !== 'deny'
    return { ...answer, entries: answer.entries.filter(isVisible) }
  }
}

/** What is wrong with another the backend says itself. */
function isPath(path: string): boolean {
  try {
    parsePath(path)
    return true
  } catch (error) {
    if (error instanceof FileProblem) return false
    throw error
  }
}

function missing(path: string): never {
  throw new Error(`a backend gave no answer for ${path}`)
}

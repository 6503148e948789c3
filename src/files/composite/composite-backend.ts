import { assertKnownKeys } from '../../core/index.ts'
import { wholeNumber } from '../call-options.ts'
import type * as types from '../file-backend.ts'
import { answering, FileProblem, type FileAnswer, type FileFailure } from '../file-failure.ts'
import { FILE_LIMITS } from '../file-limits.ts'
import { byPath, isWithin, parsePath } from '../file-path.ts'
import { compileGlob, type PathTest } from '../glob.ts'
import { outerPath, RouteTable, type Route, type Routed } from './route-table.ts'

/** Options of {@link CompositeBackend}. */
export interface CompositeBackendOptions {
  /** Has every path that no route has. */
  readonly default: types.FileBackend
  /** Directories that other backends stand for: `{ '/project/': backend }`. The backend sees its paths without the prefix. */
  readonly routes: Readonly<Record<string, types.FileBackend>>
}

/**
 * Several backends as one: each path goes to the backend with the longest prefix, without the prefix, and comes back with it.
 * Listings and searches of a directory above a route have both; the limit of a call is one for all of them.
 *
 * ```ts
 * new CompositeBackend({ default: new StateBackend(), routes: { '/project/': new FilesystemBackend({ rootDir: '.' }) } })
 * ```
 */
export class CompositeBackend implements types.FileBackend {
  readonly #table: RouteTable

  /** @throws `INVALID_ARGUMENT` for routes that cannot be */
  constructor(options: CompositeBackendOptions) {
    assertKnownKeys(options, ['default', 'routes'] satisfies (keyof CompositeBackendOptions)[], 'options')
    this.#table = new RouteTable(options.default, options.routes)
  }

  list(path = '', options: types.ListOptions = {}): Promise<FileAnswer<types.Listing>> {
    return answering(async () => {
      const at = parsePath(path)
      const offset = wholeNumber(options.offset, 'offset', 0, Number.MAX_SAFE_INTEGER, 0)
      const limit = wholeNumber(options.limit, 'limit', 1, FILE_LIMITS.scanEntries, FILE_LIMITS.entries)
      const { route, inner } = this.#table.find(at)
      const below = this.#table.below(at)
      if (below.length === 0) return unwrap(withPrefix(route, await route.backend.list(inner, options)))
      const listing = await route.backend.list(inner, { ...options, offset: 0, limit: FILE_LIMITS.scanEntries })
      const merged = new Map<string, types.FileEntry>()
      for (const { prefix } of below) {
        const path = at === '' ? (prefix.split('/')[0] ?? '') : `${at}/${prefix.slice(at.length + 1).split('/')[0]}`
        merged.set(path, mountedDirectory(path))
      }
      if (listing.ok) for (const entry of this.#owned(route, listing.entries)) if (!merged.has(entry.path)) merged.set(entry.path, entry)
      const entries = [...merged.values()].toSorted(byPath)
      const hasMore = entries.length > offset + limit
      const truncated = hasMore || (listing.ok && listing.truncated)
      return { entries: entries.slice(offset, offset + limit), truncated, ...(hasMore && { nextOffset: offset + limit }) }
    })
  }

  stat(path: string, options: types.FileCallOptions = {}): Promise<FileAnswer<types.FileEntry>> {
    return this.#at(path, async ({ route, inner }, at) => {
      const stat = withPrefix(route, await route.backend.stat(inner, options))
      const isMounted = at !== '' && this.#table.routes.some(({ prefix }) => isWithin(prefix, at))
      if (!stat.ok && isMounted) return { ok: true, ...mountedDirectory(at) }
      if (!stat.ok || stat.resolved === undefined) return stat
      return { ...stat, resolved: outerPath(route, stat.resolved) }
    })
  }

  async exists(path: string, options: types.FileCallOptions = {}): Promise<boolean> {
    return (await this.stat(path, options)).ok
  }

  read(path: string, options: types.ReadOptions = {}): Promise<FileAnswer<types.TextPart>> {
    return this.#at(path, async ({ route, inner }) => withPrefix(route, await route.backend.read(inner, options)))
  }

  readBytes(path: string, options: types.ReadBytesOptions = {}): Promise<FileAnswer<types.BytesPart>> {
    return this.#at(path, async ({ route, inner }) => withPrefix(route, await route.backend.readBytes(inner, options)))
  }

  write(path: string, content: types.FileContent, options: types.WriteOptions = {}): Promise<FileAnswer<types.Written>> {
    return this.#at(path, async ({ route, inner }, at) => {
      this.#assertNoRouteBelow(at)
      return withPrefix(route, await route.backend.write(inner, content, options))
    })
  }

  edit(path: string, oldText: string, newText: string, options: types.EditOptions = {}): Promise<FileAnswer<types.Edited>> {
    return this.#at(path, async ({ route, inner }) => withPrefix(route, await route.backend.edit(inner, oldText, newText, options)))
  }

  remove(path: string, options: types.RemoveOptions = {}): Promise<FileAnswer<{ readonly path: string }>> {
    return this.#at(path, async ({ route, inner }, at) => {
      if (at !== '' && this.#table.routes.some(({ prefix }) => isWithin(prefix, at)))
        throw new FileProblem('permission_denied', at, 'is or holds a place of another backend, which stays')
      return withPrefix(route, await route.backend.remove(inner, options))
    })
  }

  glob(pattern: string, options: types.GlobOptions = {}): Promise<FileAnswer<types.Listing>> {
    return answering(async () => {
      const at = parsePath(options.path ?? '')
      const limit = wholeNumber(options.limit, 'limit', 1, FILE_LIMITS.scanEntries, FILE_LIMITS.entries)
      const matches = compileGlob(pattern, options)
      const { route, inner } = this.#table.find(at)
      const own = await route.backend.glob(pattern, { ...options, path: inner, limit: FILE_LIMITS.scanEntries })
      const below = this.#table.below(at)
      if (!own.ok && below.length === 0) return unwrap(withPrefix(route, own))
      const found = own.ok ? this.#owned(route, own.entries) : []
      let truncated = own.ok && own.truncated
      for (const other of below) {
        const all = await other.backend.glob('**', { ...options, path: '', hidden: true, limit: FILE_LIMITS.scanEntries })
        truncated ||= all.ok && all.truncated
        if (all.ok) for (const entry of this.#owned(other, all.entries)) if (matches(relativeTo(entry.path, at))) found.push(entry)
      }
      const entries = found.toSorted(byPath)
      return { entries: entries.slice(0, limit), truncated: truncated || entries.length > limit }
    })
  }

  grep(query: types.GrepQuery, options: types.FileCallOptions = {}): Promise<FileAnswer<types.GrepResult>> {
    return answering(async () => {
      const at = parsePath(query.path ?? '')
      const limit = wholeNumber(query.limit, 'limit', 1, FILE_LIMITS.scanEntries, FILE_LIMITS.matches)
      const matches = query.glob === undefined ? () => true : compileGlob(query.glob, query)
      const { route, inner } = this.#table.find(at)
      const parts = [
        { route, path: inner, glob: query.glob },
        ...this.#table.below(at).map((other) => ({ route: other, path: '', glob: undefined })),
      ]
      const found: types.GrepMatch[] = []
      let truncated = false
      for (const part of parts) {
        const { glob: _, ...rest } = query
        const asked = { ...rest, path: part.path, limit: part.glob === query.glob ? limit - found.length + 1 : FILE_LIMITS.scanEntries }
        const answer = await part.route.backend.grep({ ...asked, ...(part.glob !== undefined && { glob: part.glob }) }, options)
        if (!answer.ok && (parts.length === 1 || answer.code === 'invalid_pattern' || answer.code === 'invalid_argument'))
          return unwrap(withPrefix(part.route, answer))
        if (!answer.ok) continue
        truncated ||= answer.truncated
        const own = this.#owned(part.route, answer.matches).filter(
          ({ path }) => part.route === route || this.#admits(path, at, query, matches),
        )
        for (const match of own) found.push(match)
        if (found.length > limit) break
      }
      return { matches: found.slice(0, limit), truncated: truncated || found.length > limit }
    })
  }

  writeFiles(files: readonly types.FileToWrite[], options: types.FileCallOptions = {}): Promise<readonly FileAnswer<types.Written>[]> {
    return this.#grouped(
      files,
      ({ path }) => path,
      (route, group) =>
        route.backend.writeFiles(
          group.map(({ item, inner }) => ({ ...item, path: inner })),
          options,
        ),
    )
  }

  readFiles(paths: readonly string[], options: types.FileCallOptions = {}): Promise<readonly FileAnswer<types.BytesPart>[]> {
    return this.#grouped(
      paths,
      (path) => path,
      (route, group) =>
        route.backend.readFiles(
          group.map(({ inner }) => inner),
          options,
        ),
    )
  }

  /** One call for each backend, and the answers in the order of the questions. */
  async #grouped<T, A extends { readonly path: string }>(
    items: readonly T[],
    pathOf: (item: T) => string,
    ask: (route: Route, group: readonly { readonly item: T; readonly inner: string }[]) => Promise<readonly FileAnswer<A>[]>,
  ): Promise<readonly FileAnswer<A>[]> {
    const answers: FileAnswer<A>[] = []
    const groups = new Map<Route, { readonly item: T; readonly inner: string; readonly index: number }[]>()
    for (const [index, item] of items.entries()) {
      const routed = await answering(async () => this.#table.find(parsePath(pathOf(item))))
      if (!routed.ok) answers[index] = routed
      else groups.set(routed.route, [...(groups.get(routed.route) ?? []), { item, inner: routed.inner, index }])
    }
    for (const [route, group] of groups) {
      const asked = await ask(route, group)
      for (const [nth, { index }] of group.entries()) {
        const answer = asked[nth]
        if (answer === undefined) throw new Error('a backend gave fewer answers than it was asked')
        answers[index] = withPrefix(route, answer)
      }
    }
    return answers
  }

  #at<T extends object>(path: string, work: (routed: Routed, at: string) => Promise<FileAnswer<T>>): Promise<FileAnswer<T>> {
    return answering(async () => {
      const at = parsePath(path)
      return unwrap(await work(this.#table.find(at), at))
    })
  }

  /** Entries under their outer paths, without those that another backend stands above. */
  #owned<T extends { readonly path: string }>(route: Route, entries: readonly T[]): T[] {
    return entries.map((entry) => ({ ...entry, path: outerPath(route, entry.path) })).filter(({ path }) => this.#table.owns(route, path))
  }

  #admits(path: string, base: string, { hidden = false }: types.GrepQuery, matches: PathTest): boolean {
    const inner = relativeTo(path, base)
    return (hidden || !`/${inner}`.includes('/.')) && matches(inner)
  }

  #assertNoRouteBelow(at: string): void {
    if (this.#table.below(at).length > 0) throw new FileProblem('is_directory', at, 'is a directory')
  }
}

function relativeTo(path: string, base: string): string {
  return base === '' ? path : path.slice(base.length + 1)
}

function mountedDirectory(path: string): types.FileEntry {
  return { path, kind: 'directory', sizeBytes: 0, modifiedAtMs: 0, version: '' }
}

/** An answer as seen from outside: what a failure says names the outer path, too. */
function withPrefix<T extends object>(route: Route, answer: FileAnswer<T>): FileAnswer<T> {
  if (!answer.ok) {
    const path = outerPath(route, answer.path)
    const quoted = JSON.stringify(answer.path)
    return {
      ...answer,
      path,
      message: answer.message.startsWith(quoted) ? JSON.stringify(path) + answer.message.slice(quoted.length) : answer.message,
    }
  }
  const outer = { ...answer } as FileAnswer<T> & { path?: string; entries?: readonly types.FileEntry[] }
  if (typeof outer.path === 'string') outer.path = outerPath(route, outer.path)
  if (outer.entries) outer.entries = outer.entries.map((entry) => ({ ...entry, path: outerPath(route, entry.path) }))
  return outer
}

/** What an answer holds. What it is not is thrown, to be caught by `answering`. */
function unwrap<T extends object>(answer: FileAnswer<T>): T {
  if (answer.ok) return answer
  throw new AnsweredProblem(answer)
}

/** A failure that another backend answered already, with its own words. */
class AnsweredProblem extends FileProblem {
  readonly #failure: FileFailure

  constructor(failure: FileFailure) {
    super(failure.code, failure.path, '')
    this.#failure = failure
  }

  override get failure(): FileFailure {
    return this.#failure
  }
}

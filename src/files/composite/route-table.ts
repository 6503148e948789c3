import { CodeExecutorError } from '../../core/index.ts'
import type { FileBackend } from '../file-backend.ts'
import { FileProblem } from '../file-failure.ts'
import { isWithin, joinPath, parsePath } from '../file-path.ts'

/** A backend and where it stands. */
export interface Route {
  /** The directory where it stands; `''` for the default. */
  readonly prefix: string
  readonly backend: FileBackend
}

/** Where a path leads: a backend, and the path in it. */
export interface Routed {
  readonly route: Route
  readonly inner: string
}

/** Which backend has which path: the one with the longest prefix, by whole parts. */
export class RouteTable {
  /** Longest first; the default is last. */
  readonly routes: readonly Route[]

  /** @throws `INVALID_ARGUMENT` */
  constructor(fallback: FileBackend, routes: Readonly<Record<string, FileBackend>>) {
    const read = Object.entries(routes).map(([prefix, backend]) => ({ prefix: readPrefix(prefix), backend }))
    const twice = read.find(({ prefix }, index) => read.findIndex((other) => other.prefix === prefix) !== index)
    if (twice) throw invalid(twice.prefix, 'is there twice')
    this.routes = [...read.toSorted((a, b) => b.prefix.length - a.prefix.length), { prefix: '', backend: fallback }]
  }

  /** Where a path leads. */
  find(path: string): Routed {
    const route = this.routes.find(({ prefix }) => isWithin(path, prefix)) ?? this.fallback
    return { route, inner: route.prefix === '' ? path : path.slice(route.prefix.length + 1) }
  }

  /** The backend of whatever no other has. */
  get fallback(): Route {
    return this.routes.at(-1) ?? unreachable()
  }

  /** The routes that stand below a path, by prefix. */
  below(path: string): readonly Route[] {
    return this.routes
      .filter(({ prefix }) => prefix !== path && prefix !== '' && isWithin(prefix, path))
      .toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1))
  }

  /** Whether a path belongs to this route and not to one below it. */
  owns(route: Route, path: string): boolean {
    return this.find(path).route === route
  }
}

/** The path of a backend's answer in the whole. */
export function outerPath({ prefix }: Route, inner: string): string {
  return joinPath(prefix, inner)
}

function readPrefix(prefix: string): string {
  try {
    const parsed = parsePath(prefix)
    if (parsed !== '') return parsed
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error
    throw invalid(prefix, error.message)
  }
  throw invalid(prefix, 'is the root; give that backend as the default')
}

function invalid(prefix: string, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `The route ${JSON.stringify(prefix)} ${reason}.`, { argument: 'routes', value: prefix })
}

function unreachable(): never {
  throw new Error('there is always a default')
}

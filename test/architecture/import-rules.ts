import type { ImportOf, SourceFile } from '../support/source-files.ts'

/** Who may import whom: a folder of `src/` and the other folders it may reach. `src/index.ts` is the layer `index`. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  languages: ['core'],
  workspace: ['core'],
  files: ['core', 'workspace'],
  engine: ['core', 'languages', 'workspace', 'files'],
  wrappers: ['core', 'languages', 'engine'],
  sessions: ['core', 'files'],
  agent: ['core', 'languages', 'files'],
  notebook: ['core', 'engine', 'workspace'],
  // Each executor is loaded when a config names it.
  config: [
    'core',
    'executors/local',
    'executors/docker',
    'executors/docker-jupyter',
    'executors/azure-container',
    'executors/e2b',
    'executors/jupyter',
  ],
  testing: ['core', 'languages', 'workspace', 'files', 'engine'],
  index: ['core', 'languages', 'workspace', 'files', 'engine', 'wrappers', 'sessions', 'config', 'executors/local'],
}

/** An executor never imports a sibling; the one that is made of two others is the exception. */
const EXECUTOR = ['core', 'languages', 'workspace', 'files', 'engine']
const COMPOSED: Readonly<Record<string, readonly string[]>> = { 'executors/docker-jupyter': ['executors/docker', 'executors/jupyter'] }

/** `core`, `executors/local`, `cli`, `index`. */
export function layerOf(path: string): string {
  const [, first = '', second = ''] = path.split('/')
  if (first === 'executors') return `${first}/${second}`
  return first.endsWith('.ts') ? first.slice(0, -'.ts'.length) : first
}

/** Imports that point the wrong way, one sentence each. */
export function layerViolations(files: readonly SourceFile[]): string[] {
  return eachImport(files, (from, { target }) => {
    if (!target.startsWith('src/')) return undefined
    const [own, other] = [layerOf(from), layerOf(target)]
    const allowed = allowedFor(own)
    if (own === other || allowed === 'everything') return undefined
    if (allowed === undefined) return `${from} is in no layer that the rules know`
    return allowed.includes(other) ? undefined : `${from} imports ${target}: ${own} may not reach ${other}`
  })
}

/** What `core` imports beyond itself. */
export function impureCoreImports(files: readonly SourceFile[]): string[] {
  return eachImport(files, (from, { target }) =>
    layerOf(from) === 'core' && !target.startsWith('src/') ? `${from} imports ${target}: core has no I/O and no third party` : undefined,
  )
}

/** Packages that are no declared dependency, and ways out of `src/`. */
export function undeclaredImports(files: readonly SourceFile[], declared: readonly string[]): string[] {
  return eachImport(files, (from, { specifier, target }) => {
    if (target.startsWith('src/') || specifier.startsWith('node:') || declared.includes(packageOf(specifier))) return undefined
    return `${from} imports ${specifier}, which is no dependency and no optional peer`
  })
}

/** Optional peers that are loaded together with an entry, with the file that loads them. */
export function peersReachedFrom(entry: string, files: readonly SourceFile[], peers: readonly string[]): string[] {
  return filesReachedFrom(entry, files).flatMap(({ path, imports }) =>
    imports
      .filter(({ late, specifier }) => !late && peers.includes(packageOf(specifier)))
      .map(({ specifier }) => `${entry} reaches ${specifier} through ${path}`),
  )
}

/** The files that are loaded together with an entry. */
export function filesReachedFrom(entry: string, files: readonly SourceFile[]): SourceFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set<SourceFile>()
  const queue = [entry]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(file)) continue
    reached.add(file)
    queue.push(...file.imports.filter(({ late }) => !late).map(({ target }) => target))
  }
  return [...reached]
}

function allowedFor(layer: string): readonly string[] | 'everything' | undefined {
  if (layer === 'cli') return 'everything'
  if (layer.startsWith('executors/')) return [...EXECUTOR, ...(COMPOSED[layer] ?? [])]
  return LAYERS[layer]
}

/** `@scope/name/part` is in the package `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function eachImport(files: readonly SourceFile[], check: (from: string, found: ImportOf) => string | undefined): string[] {
  return files.flatMap((file) => file.imports.flatMap((found) => check(file.path, found) ?? []))
}

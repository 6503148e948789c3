import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseSource, readSourceFiles, type SourceFile } from '../support/source-files.ts'
import {
  filesReachedFrom,
  impureCoreImports,
  layerOf,
  LAYERS,
  layerViolations,
  peersReachedFrom,
  undeclaredImports,
} from './import-rules.ts'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

let files: SourceFile[]
let manifest: Manifest

beforeAll(async () => {
  files = await readSourceFiles()
  manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest
})

describe('the reader', () => {
  test('finds every kind of import', () => {
    const { imports } = parseSource(
      'src/engine/x.ts',
      `import type { A } from './a.ts'; import '../core/b.ts'; export * from 'c'; export { d } from 'd'
       const late = await import('e'); type F = import('f').F; const computed = await import(late)`,
    )
    expect(imports.map(({ target, late }) => `${target}${late ? ' late' : ''}`)).toEqual([
      'src/engine/a.ts',
      'src/core/b.ts',
      'c',
      'd',
      'e late',
      'f',
    ])
  })

  test('sees files of every layer that is built and imports between them', () => {
    const layers = new Set(files.map(({ path }) => layerOf(path)))
    for (const layer of ['core', 'languages', 'workspace', 'engine', 'wrappers', 'agent', 'executors/local', 'cli', 'testing', 'index']) {
      expect(layers, 'layers with files').toContain(layer)
    }
    expect(files.length).toBeGreaterThan(30)
    expect(files.flatMap(({ imports }) => imports.filter(({ target }) => target.startsWith('src/'))).length).toBeGreaterThan(60)
  })
})

describe('layers', () => {
  test('every import points to a layer that may be reached', () => {
    expect(layerViolations(files)).toEqual([])
  })

  test.each([
    ['src/core/a.ts', '../languages/index.ts'],
    ['src/workspace/a.ts', '../languages/index.ts'],
    ['src/engine/a.ts', '../executors/local/index.ts'],
    ['src/wrappers/a.ts', '../executors/local/index.ts'],
    ['src/agent/a.ts', '../executors/local/index.ts'],
    ['src/agent/a.ts', '../engine/index.ts'],
    ['src/executors/docker/a.ts', '../local/index.ts'],
    ['src/index.ts', './cli/main.ts'],
    ['src/elsewhere/a.ts', '../core/index.ts'],
  ])('%s may not import %s', (path, specifier) => {
    expect(layerViolations([parseSource(path, `import '${specifier}'`)])).toHaveLength(1)
  })

  test.each([
    ['src/executors/docker-jupyter/a.ts', '../docker/index.ts'],
    ['src/cli/a.ts', '../executors/local/index.ts'],
    ['src/engine/a.ts', './b.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(layerViolations([parseSource(path, `import '${specifier}'`)])).toEqual([])
  })

  test('no layer reaches one that reaches it', () => {
    for (const [layer, allowed] of Object.entries(LAYERS)) for (const other of allowed) expect(LAYERS[other] ?? []).not.toContain(layer)
  })
})

describe('third parties', () => {
  test('core imports nothing from outside', () => {
    expect(files.filter(({ path }) => layerOf(path) === 'core').length).toBeGreaterThan(4)
    expect(impureCoreImports(files)).toEqual([])
  })

  test('a core that reads files is found', () => {
    expect(
      impureCoreImports([parseSource('src/core/a.ts', `import { readFile } from 'node:fs/promises'; import 'lru-cache'`)]),
    ).toHaveLength(2)
  })

  test('every package is a declared dependency or optional peer', () => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    expect(declared.length).toBeGreaterThan(0)
    expect(undeclaredImports(files, declared)).toEqual([])
  })

  test('an undeclared package, a part of a package and a way out of src are told apart', () => {
    const file = parseSource(
      'src/cli/a.ts',
      `import 'undeclared/part'; import '@scope/known/part'; import '../../scripts/x.ts'; import 'node:fs'`,
    )
    expect(undeclaredImports([file], ['@scope/known'])).toHaveLength(2)
  })
})

describe.each([
  ['root', 'src/index.ts', 20],
  ['agent', 'src/agent/index.ts', 20],
  ['AI SDK', 'src/agent/integrations/ai-sdk.ts', 5],
  ['LangChain', 'src/agent/integrations/langchain.ts', 5],
  ['OpenAI Agents', 'src/agent/integrations/openai-agents.ts', 5],
])('the %s entry', (_, entry, least) => {
  test('reaches no optional peer', () => {
    expect(filesReachedFrom(entry, files).length).toBeGreaterThan(least)
    expect(peersReachedFrom(entry, files, Object.keys(manifest.peerDependencies ?? {}))).toEqual([])
  })
})

describe('an entry', () => {
  test('a peer that is reached through another file is found, a late import is none', () => {
    const made = [
      parseSource('src/index.ts', `export * from './a.ts'; export const late = () => import('./b.ts')`),
      parseSource('src/a.ts', `import '@scope/peer/part'`),
      parseSource('src/b.ts', `import 'other'`),
    ]
    expect(peersReachedFrom('src/index.ts', made, ['@scope/peer', 'other'])).toEqual([
      'src/index.ts reaches @scope/peer/part through src/a.ts',
    ])
  })
})

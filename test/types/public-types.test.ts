import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseSource } from '../support/source-files.ts'
import { scratchDirectory } from '../support/world.ts'

const ENTRIES = [
  'index.d.ts',
  'agent/index.d.ts',
  ...['ai-sdk', 'deepagents', 'langchain', 'openai-agents'].map((name) => `agent/integrations/${name}.d.ts`),
  'executors/azure-container/index.d.ts',
  'executors/docker/index.d.ts',
  'executors/docker-jupyter/index.d.ts',
  'executors/e2b/index.d.ts',
  'executors/jupyter/index.d.ts',
  'notebook/index.d.ts',
  'testing/index.d.ts',
]
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every declaration file that somebody's compiler reads for these entries, with its text. */
function declarations(directory: string, entries: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  const waiting = entries.map((entry) => join(directory, entry))
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    const text = readFileSync(file, 'utf8')
    found.set(file, text)
    for (const { specifier } of parseSource(file, text).imports) {
      if (!specifier.startsWith('.')) continue
      const target = join(dirname(file), specifier.replace(/\.(?:js|ts)$/, '.d.ts'))
      expect(existsSync(target), `${specifier} of ${file}`).toBe(true)
      waiting.push(target)
    }
  }
  return found
}

describe('the published declarations', () => {
  const built = (): Map<string, string> => {
    const out = scratchDirectory()
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', out], {
      cwd: root,
      stdio: 'pipe',
    })
    return new Map([...declarations(out, ENTRIES)].map(([file, text]) => [relative(out, file), text]))
  }

  test('name no type of a third party', () => {
    const files = built()
    expect(files.size, 'declarations were read').toBeGreaterThan(20)
    const foreign = [...files].flatMap(([file, text]) =>
      parseSource(file, text)
        .imports.map(({ specifier }) => specifier)
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:') && !builtinModules.includes(specifier))
        .map((specifier) => `${file}: ${specifier}`),
    )
    expect(foreign).toEqual([])
  })

  test('need no types of Node but those that every program has', () => {
    // A reader without @types/node would see errors in our files. Who injects a client of an engine or a server of kernels has
    // its streams, and so them.
    const needs = [...built()].flatMap(([file, text]) =>
      !/^executors\/(?:docker|jupyter)\//.test(file) &&
      /\bNodeJS\.|\bBuffer\b|from 'node:|from "node:/.test(text.replaceAll(/\/\*[\s\S]*?\*\//g, ''))
        ? [file]
        : [],
    )
    expect(needs).toEqual([])
  })
})

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Examples that export something for others and assert in a test of their own. */
const PROVED_ELSEWHERE = [
  'azure-container.ts',
  'custom-backend.ts',
  'docker-jupyter.ts',
  'docker.ts',
  'e2b.ts',
  'jupyter.ts',
  'notebook.ts',
]
const examples = readdirSync(new URL('../../docs/examples/', import.meta.url)).filter(
  (name) => name.endsWith('.ts') && !PROVED_ELSEWHERE.includes(name),
)

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(5)
})

test.each(examples)('docs/examples/%s does what it says', async (name) => {
  await import(new URL(`../../docs/examples/${name}`, import.meta.url).href)
})

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('../../docs/examples/integrations/', import.meta.url)
const examples = readdirSync(folder)

test('there is one for each SDK, and those that need one', () => {
  expect(examples).toEqual(['ai-sdk.ts', 'coming-from-stirrup.ts', 'deepagents.ts', 'langchain.ts', 'openai-agents.ts'])
})

test.each(examples)('docs/examples/integrations/%s does what it says', async (name) => {
  await import(new URL(name, folder).href)
})

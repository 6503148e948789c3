import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { createDeepAgent, isSandboxBackend, type SandboxBackendProtocolV2 } from 'deepagents'
import { describe, expect, test } from 'vitest'
import { toDeepAgentsBackend, type DeepAgentsBackend } from '../../src/agent/integrations/deepagents.ts'
import type { LocalCodeExecutor } from '../../src/index.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { newMarker, processesWith } from '../support/world.ts'

/** An agent of the package calls its tools one after the other; answers with what each said. */
async function toolsSay(executor: LocalCodeExecutor, ...calls: readonly (readonly [name: string, args: Record<string, unknown>])[]) {
  const model = calls
    .reduce((made, [name, args], at) => made.respondWithTools([{ name, args, id: String(at) }]), fakeModel())
    .respond(new AIMessage('Done.'))
  const agent = createDeepAgent({ model, backend: toDeepAgentsBackend(executor) })
  const { messages } = await agent.invoke({ messages: [new HumanMessage('Go.')] })
  return messages
    .filter((message) => ToolMessage.isInstance(message))
    .map(({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)))
}

describe("the package's own tools", () => {
  test('work on the files and with the commands of one place', async () => {
    const executor = makeLocal()
    const [write, run, read, edit, again, grep, glob, list] = await toolsSay(
      executor,
      ['write_file', { file_path: '/src/a.py', content: 'print("one")\nprint("two")\n' }],
      ['execute', { command: 'python3 src/a.py; exit 3' }],
      ['read_file', { file_path: '/src/a.py' }],
      ['edit_file', { file_path: '/src/a.py', old_string: '"two"', new_string: '"three"' }],
      ['execute', { command: 'python3 src/a.py' }],
      ['grep', { pattern: 'print("th', path: '/' }],
      ['glob', { pattern: '**/*.py', path: '/' }],
      ['ls', { path: '/' }],
    )
    expect(write).toMatch(/src\/a\.py/)
    expect(run).toMatch(/one\ntwo\n[\s\S]*exit code 3/)
    // The lines as they stand, with no numbers of ours in them.
    expect(read).toContain(String.raw`print(\"one\")\nprint(\"two\")`)
    expect(edit).not.toMatch(/error/i)
    expect(again).toContain('one\nthree\n')
    expect(grep).toContain('src/a.py')
    expect(glob).toContain('/src/a.py')
    expect(list).toContain('/src/')
    expect(await executor.files.read('src/a.py')).toMatchObject({ text: 'print("one")\nprint("three")\n' })
  })

  test('hear of failures and go on', async () => {
    const [missing, outside, twice] = await toolsSay(
      makeLocal(),
      ['read_file', { file_path: '/none.txt' }],
      ['execute', { command: 'no-such-program-at-all' }],
      ['edit_file', { file_path: '/none.txt', old_string: 'a', new_string: 'b' }],
    )
    expect(missing).toMatch(/none\.txt/)
    expect(outside).toMatch(/not found[\s\S]*127/)
    expect(twice).toMatch(/none\.txt/)
  })
})

describe('the backend', () => {
  const make = (options: Parameters<typeof makeLocal>[0] = {}): DeepAgentsBackend => toDeepAgentsBackend(makeLocal(options))

  test('is a sandbox to the package', () => {
    const backend: SandboxBackendProtocolV2 = make()
    expect(isSandboxBackend(backend)).toBe(true)
    expect(make().id).not.toBe(make().id)
  })

  test('needs files and commands', async () => {
    await expectCode(() => toDeepAgentsBackend(new FaultyExecutor()), 'INVALID_ARGUMENT')
  })

  test('keeps bytes', async () => {
    const backend = make()
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 256)
    const answers = await backend.uploadFiles([
      ['/a/data.bin', bytes],
      ['/../x', bytes],
    ])
    expect(answers).toEqual([
      { path: '/a/data.bin', error: null },
      { path: '/../x', error: 'invalid_path' },
    ])
    const [file, none, directory] = await backend.downloadFiles(['/a/data.bin', '/none', '/a'])
    expect(Buffer.from(file?.content ?? [])).toEqual(Buffer.from(bytes))
    expect([none, directory]).toEqual([
      { path: '/none', content: null, error: 'file_not_found' },
      { path: '/a', content: null, error: 'is_directory' },
    ])
    expect((await backend.execute('sha256sum a/data.bin | cut -c1-8')).exitCode).toBe(0)
    expect(await backend.read('/a/data.bin')).toMatchObject({ mimeType: 'application/octet-stream' })
  })

  test('reads plain text in pages', async () => {
    const backend = make()
    await backend.write('/t.txt', 'a\nb\nc\n')
    expect(await backend.read('/t.txt', 1, 1)).toEqual({ content: 'b\n', mimeType: 'text/plain', startLine: 2, endLine: 2, nextOffset: 2 })
    expect(await backend.read('/t.txt', 2, 10)).toEqual({ content: 'c\n', mimeType: 'text/plain', startLine: 3, endLine: 3 })
  })

  test('edits as the package does', async () => {
    const backend = make()
    await backend.write('/t.txt', 'aa b aa')
    expect(await backend.edit('/t.txt', 'b', 'b')).toMatchObject({ occurrences: 1 })
    expect((await backend.edit('/t.txt', 'aa', 'c')).error).toBeDefined()
    expect(await backend.edit('/t.txt', 'aa', 'c', true)).toMatchObject({ occurrences: 2 })
    expect((await backend.edit('/t.txt', '', 'x')).error).toBeDefined()
    await backend.write('/empty', '')
    expect(await backend.edit('/empty', '', 'x')).toMatchObject({ occurrences: 1 })
    expect(await backend.readRaw('/empty')).toMatchObject({ data: { content: 'x', mimeType: 'text/plain' } })
    expect(await backend.delete('/empty')).toMatchObject({ path: '/empty' })
    expect((await backend.delete('/empty')).error).toBeDefined()
  })

  test('ends a command at its time limit, with everything that it started and what it printed', async () => {
    const backend = make({ timeoutMs: 1_500 })
    const marker = newMarker()
    const { output, exitCode } = await backend.execute(`echo before; sleep ${marker} & sleep ${marker}`)
    expect({ output, exitCode }).toMatchObject({ exitCode: 124, output: expect.stringMatching(/^before\n\[timeout\]/) as string })
    expect(processesWith(marker)).toEqual([])
    expect((await backend.execute('echo x; sleep 30', { timeout: 1 })).exitCode).toBe(124)
  })

  test('does not wait for input', async () => {
    expect(await make().execute('cat; echo after')).toEqual({ output: 'after\n', exitCode: 0, truncated: false })
  })
})

import { describe, expect, test } from 'vitest'
import { workplaceTools, type AgentTool, type ToolOutput, type WorkplaceToolsOptions } from '../../src/agent/index.ts'
import type { CodeExecutor } from '../../src/core/index.ts'
import { FILE_PERMISSIONS, StateBackend } from '../../src/files/index.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { newMarker, PATIENCE, processesWith, seeAlive } from '../support/world.ts'
import { bmp, gif, jpeg, png, tiff, webp } from '../support/pictures.ts'

/** Calls tools by name. */
function callerOf(executor: CodeExecutor, options: WorkplaceToolsOptions = {}) {
  const tools = new Map(workplaceTools(executor, options).map((tool) => [tool.name, tool]))
  return (name: string, input: object = {}, signal?: AbortSignal): Promise<ToolOutput> => {
    const tool = tools.get(name)
    if (tool === undefined) throw new Error(`there is no ${name}`)
    return tool.execute(input, { signal })
  }
}

const names = (tools: readonly AgentTool[]): string[] => tools.map(({ name }) => name)

describe('the tools of a place', () => {
  test('are those that it is able to', () => {
    expect(names(workplaceTools(makeLocal(), { files: new StateBackend() }))).toEqual([
      ...['run_code', 'run_command', 'start_command', 'read_command_output', 'kill_command', 'list_commands'],
      ...['list_files', 'read_file', 'glob_files', 'grep_files', 'write_file', 'edit_file', 'remove_file', 'view_image'],
    ])
    expect(names(workplaceTools(new FaultyExecutor()))).toEqual(['run_code'])
  })

  test('are those of the groups, and do not write when they may not', () => {
    const tools = workplaceTools(new FaultyExecutor(), { files: new StateBackend(), groups: ['files'], canWrite: false })
    expect(names(tools)).toEqual(['list_files', 'read_file', 'glob_files', 'grep_files'])
  })

  test('are refused when there is nothing to make them of', async () => {
    await expectCode(() => workplaceTools(new FaultyExecutor(), { groups: ['commands'] }), 'INVALID_ARGUMENT')
    await expectCode(() => workplaceTools(new FaultyExecutor(), { groups: [] }), 'INVALID_ARGUMENT')
    await expectCode(() => workplaceTools(new FaultyExecutor(), { maxImagePixels: 0 }), 'INVALID_ARGUMENT')
  })

  test('have schemas that every provider takes: all fields are there, and may be null', () => {
    for (const { inputSchema } of workplaceTools(makeLocal(), { files: new StateBackend() })) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false })
      expect(inputSchema.required).toEqual(Object.keys(inputSchema.properties))
    }
  })
})

describe('an input that is wrong', () => {
  const call = callerOf(new FaultyExecutor(), { files: new StateBackend() })
  test.each([
    [{}, /path is missing/],
    [{ path: 7 }, /path must be text/],
    [{ path: 'a', offset: 1.5 }, /offset must be a whole number/],
    [{ path: 'a', color: 'red' }, /nobody knows "color"/],
    [[], /give an object/],
    [null, /give an object/],
  ])('%j is told to the model', async (input, words) => {
    const output = await call('read_file', input as object)
    expect(output).toMatchObject({ isError: true })
    expect(output.text).toMatch(words)
  })
})

describe('commands', () => {
  test('say their exit code and both streams', async () => {
    const { text, isError } = await callerOf(makeLocal())('run_command', { command: 'echo out; echo err >&2; exit 3', cwd: null })
    expect(isError).toBe(false)
    expect(text).toMatch(/^Exit code 3 after \d+ ms\.\n\nOutput:\n\n```text\nout\n```\n\nError output:\n\n```text\nerr\n```$/)
  })

  test('that are too long are cut at both ends', async () => {
    const { text } = await callerOf(makeLocal(), { maxOutputChars: 1_000 })('run_command', { command: 'seq 1 5000' })
    expect(text).toMatch(/characters left out/)
    expect(text).toContain('1\n2\n3')
    expect(text).toContain('5000')
    expect(text.length).toBeLessThan(1_300)
  })

  test('that run into the time limit keep what they printed, and come with advice', async () => {
    const marker = newMarker()
    const { text, isError } = await callerOf(makeLocal(), { timeoutMs: 1_500 })('run_command', { command: `echo before; sleep ${marker}` })
    expect(isError).toBe(true)
    expect(text).toContain('before')
    expect(text).toMatch(/time limit of 1500 ms[\s\S]*Advice: /)
    expect(processesWith(marker)).toEqual([])
  })

  test('end with the signal', async () => {
    const marker = newMarker()
    const controller = new AbortController()
    const run = callerOf(makeLocal())('run_command', { command: `sleep ${marker}` }, controller.signal)
    run.catch(() => {})
    await seeAlive(marker)
    controller.abort(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
    expect(processesWith(marker)).toEqual([])
  })

  test('in the background are read piece by piece, listed and ended', async () => {
    const call = callerOf(makeLocal())
    const marker = newMarker()
    const { text } = await call('start_command', { command: `echo one; sleep ${marker}` })
    const id = /id (\S+)\. /.exec(text)?.[1] ?? ''
    await expect.poll(async () => (await call('read_command_output', { id })).text, PATIENCE).toMatch(/still runs[\s\S]*one/)
    expect((await call('read_command_output', { id })).text).toBe('It still runs.\n\nNothing new was printed.')
    expect((await call('list_commands')).text).toContain(`${id} running`)
    expect((await call('kill_command', { id })).text).toMatch(/^It was ended/)
    expect(processesWith(marker)).toEqual([])
    expect(await call('kill_command', { id: 'nobody' })).toMatchObject({ isError: true })
  })
})

describe('files', () => {
  async function withFiles() {
    const files = new StateBackend()
    await files.write('src/a.py', 'import os\nprint("a")\n')
    await files.write('notes.md', 'a note\n')
    return { files, call: callerOf(new FaultyExecutor(), { files }) }
  }

  test('are listed, read with numbers, found and searched', async () => {
    const { call } = await withFiles()
    expect((await call('list_files')).text).toBe('notes.md 7\nsrc/')
    expect((await call('read_file', { path: 'src/a.py' })).text).toBe('     1\timport os\n     2\tprint("a")')
    expect((await call('read_file', { path: 'src/a.py', limit: 1 })).text).toMatch(
      /^ {5}1\timport os\nThere are more lines; go on with offset 1\.$/,
    )
    expect((await call('glob_files', { pattern: '*.py' })).text).toMatch(/^src\/a\.py \d+$/)
    expect((await call('grep_files', { pattern: 'pr.nt', regex: true })).text).toBe('src/a.py:2: print("a")')
    expect((await call('grep_files', { pattern: 'pr.nt' })).text).toBe('No line matches.')
  })

  test('are written, edited and removed', async () => {
    const { call, files } = await withFiles()
    expect((await call('write_file', { path: 'new/b.txt', content: 'x\n' })).text).toBe('Made new/b.txt, 2 bytes.')
    expect((await call('edit_file', { path: 'src/a.py', old_text: '"a"', new_text: '"b"' })).text).toBe('Replaced 1 place in src/a.py.')
    expect(await files.read('src/a.py')).toMatchObject({ text: 'import os\nprint("b")\n' })
    expect((await call('remove_file', { path: 'new', recursive: true })).text).toBe('Removed new.')
    expect(await files.exists('new/b.txt')).toBe(false)
  })

  test('that somebody changed since they were read are not edited', async () => {
    const { call, files } = await withFiles()
    await call('read_file', { path: 'src/a.py' })
    await files.write('src/a.py', 'print("a"), "somebody else was here"\n')
    const output = await call('edit_file', { path: 'src/a.py', old_text: '"a"', new_text: '"b"' })
    expect(output).toMatchObject({ isError: true })
    expect(output.text).toMatch(/^changed: /)
    expect(await files.read('src/a.py')).toMatchObject({ text: 'print("a"), "somebody else was here"\n' })
    await call('read_file', { path: 'src/a.py' })
    expect(await call('edit_file', { path: 'src/a.py', old_text: '"a"', new_text: '"b"' })).toMatchObject({ isError: false })
  })

  test.each(['../x', '/etc/passwd', '~/x', 'C:\\x'])('outside, such as %s, are refused in words', async (path) => {
    const { call } = await withFiles()
    const output = await call('read_file', { path })
    expect(output.isError).toBe(true)
    expect(output.text).toMatch(/^(?:invalid_path|file_not_found): /)
  })

  test('with line breaks in their names do not look like several', async () => {
    const files = new StateBackend()
    await files.write('a\nb', 'x')
    expect((await callerOf(new FaultyExecutor(), { files })('list_files')).text).toBe('"a\\nb" 1')
  })
})

describe('rules', () => {
  test('that only let a model read keep it from writing and from running anything', async () => {
    const executor = makeLocal()
    await executor.files.write('a.txt', 'x')
    const call = callerOf(executor, { permissions: FILE_PERMISSIONS.readOnly })
    expect((await call('read_file', { path: 'a.txt' })).text).toBe('     1\tx')
    for (const [name, input] of [
      ['write_file', { path: 'b.txt', content: 'y' }],
      ['edit_file', { path: 'a.txt', old_text: 'x', new_text: 'y' }],
      ['remove_file', { path: 'a.txt' }],
      ['run_command', { command: 'echo y >b.txt' }],
      ['start_command', { command: 'echo y >b.txt' }],
      ['run_code', { language: 'bash', code: 'echo y >b.txt' }],
    ] as const) {
      const output = await call(name, input)
      expect(output, name).toMatchObject({ isError: true, text: expect.stringMatching(/^permission_denied/) as string })
    }
    const listing = await executor.files.list()
    expect(listing.ok && listing.entries.map(({ path }) => path)).toEqual(['a.txt'])
  })

  test('ask about commands, whole', async () => {
    const asked: string[] = []
    const ask = ({ path }: { readonly path: string }): boolean => asked.push(path) > 0 && path.startsWith('echo')
    const call = callerOf(makeLocal(), { permissions: { rules: [{ action: 'ask', operations: ['execute'] }], otherwise: 'allow', ask } })
    expect((await call('run_command', { command: 'echo yes' })).text).toContain('yes')
    expect((await call('run_command', { command: 'ls; echo no' })).text).toMatch(/^permission_denied/)
    expect(asked).toEqual(['echo yes', 'ls; echo no'])
  })
})

describe('an image', () => {
  const see = async (bytes: Uint8Array, options: WorkplaceToolsOptions = {}): Promise<ToolOutput> => {
    const files = new StateBackend()
    await files.write('picture.dat', bytes)
    return callerOf(new FaultyExecutor(), { files, ...options })('view_image', { path: 'picture.dat' })
  }

  test.each(Object.entries({ PNG: png, JPEG: jpeg, WebP: webp, GIF: gif, BMP: bmp, TIFF: tiff }))(
    '%s is shown as PNG, whatever its name says',
    async (format, make) => {
      const { text, images, isError } = await see(await make(40, 20))
      expect({ text, isError }).toEqual({ text: `picture.dat: ${format} of 40x20 pixels.`, isError: false })
      expect(images).toMatchObject([{ mediaType: 'image/png' }])
      const bytes = Buffer.from(images[0]?.bytes ?? [])
      expect(bytes.subarray(1, 4).toString()).toBe('PNG')
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([40, 20])
    },
  )

  test('that is large is shrunk to the budget, in its proportions', async () => {
    const { text, images } = await see(await png(400, 100), { maxImagePixels: 10_000 })
    expect(text).toBe('picture.dat: PNG of 400x100 pixels, shown as 200x50.')
    const bytes = Buffer.from(images[0]?.bytes ?? [])
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([200, 50])
  })

  test('that is none, is broken, or would be enormous is told in words', async () => {
    expect((await see(Buffer.from('hello'))).text).toMatch(/^It is none of PNG, JPEG/)
    const whole = Buffer.from(await png(40, 20))
    expect((await see(whole.subarray(0, 60))).text).toMatch(/cannot be decoded/)
    whole.writeUInt32BE(100_000, 16)
    whole.writeUInt32BE(100_000, 20)
    expect((await see(whole)).text).toMatch(/100000x100000 pixels, which is too many/)
    const files = new StateBackend()
    expect((await callerOf(new FaultyExecutor(), { files })('view_image', { path: 'none.png' })).text).toMatch(/^file_not_found/)
  })
})

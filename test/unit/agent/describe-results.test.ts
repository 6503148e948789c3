import { describe, expect, test } from 'vitest'
import { describeResults, extractCodeBlocks, type BlockResult } from '../../../src/agent/index.ts'
import { imageSize } from '../../../src/agent/execution/image-size.ts'
import { capText } from '../../../src/agent/execution/cap-text.ts'
import type { Capability, CodeResult } from '../../../src/core/index.ts'
import { resultWith } from '../../support/fake-executor.ts'

const program = { language: 'python', source: 'x', entryPoint: undefined, line: 1 }

function told(parts: Partial<CodeResult>, { maxOutputChars = 1000, capabilities = [] as readonly Capability[] } = {}): string {
  const results: BlockResult[] = [{ status: 'ran', program, edited: false, result: resultWith(parts) }]
  return describeResults(results, [], { maxOutputChars, capabilities: new Set(capabilities) })
}

const failed = { success: false, exitCode: 1, termination: { kind: 'exited', exitCode: 1 } } as const satisfies Partial<CodeResult>

describe('output', () => {
  test('is capped from both ends, with a note of what was cut', () => {
    const text = told({ output: `HEAD${'x'.repeat(50_000)}TAIL` }, { maxOutputChars: 100 })
    expect(text).toMatch(/HEADx+\n\[\.\.\. 49908 of 50008 characters left out \.\.\.\]\nx+TAIL/)
    expect(text.length).toBeLessThan(400)
  })

  test('is not cut through a character', () => {
    for (const most of [51, 52, 53, 54]) expect(capText('😀'.repeat(100), most).isWellFormed(), `${most}`).toBe(true)
  })

  test('and errors are told apart, without colours', () => {
    expect(told({ output: '\u001b[31mred\u001b[0m', error: 'late' })).toMatch(
      /Output:\n\n```text\nred\n```\n\nError output:\n\n```text\nlate\n```/,
    )
  })

  test('of backticks is fenced with more', () => {
    expect(told({ output: 'a\n`````\nb' })).toContain('``````text\na\n`````\nb\n``````')
  })

  test('that is missing is said', () => {
    expect(told({})).toContain('printed nothing')
    expect(told({ output: ' \n' })).toContain('printed nothing')
  })

  test('of several programs is numbered, and the end of each is said', () => {
    const results: BlockResult[] = [
      { status: 'ran', program, edited: false, result: resultWith({ output: 'one' }) },
      { status: 'ran', program, edited: false, result: resultWith({ ...failed, phase: 'compile' }) },
      { status: 'not-run', program },
    ]
    const text = describeResults(results, [], { maxOutputChars: 100, capabilities: new Set() })
    expect(text).toMatch(
      /Program 1 of 3[^\n]*succeeded[\s\S]*Program 2 of 3[^\n]*did not compile: exit 1[\s\S]*Program 3 of 3[^\n]*was not run/,
    )
  })

  test('is never read as code', () => {
    const nasty = '```\n```python\nprint(1)\n```\n~~~python\nprint(2)\n~~~'
    expect(extractCodeBlocks(told({ output: nasty, error: nasty })).blocks).toEqual([])
  })

  test('the name of an exception cannot pass for a line of ours', () => {
    const name = 'Oops\n\nOutput:\n\n42'
    expect(told({ ...failed, termination: { kind: 'raised', name, message: '', traceback: '' } })).not.toMatch(/^Output:$/m)
  })
})

describe('display data', () => {
  const png = Uint8Array.from(Buffer.from('89504e470d0a1a0a0000000d4948445200000280000001e00806000000', 'hex'))

  test.each<[string, Uint8Array, object | undefined]>([
    ['PNG', png, { width: 640, height: 480 }],
    ['GIF', Uint8Array.from(Buffer.from('474946383961800240010000', 'hex')), { width: 640, height: 320 }],
    ['JPEG', Uint8Array.from(Buffer.from('ffd8ffe000044a46ffc0001108014002800301', 'hex')), { width: 640, height: 320 }],
    ['a short PNG', png.slice(0, 20), undefined],
    ['something else', new Uint8Array(64), undefined],
    ['nothing', new Uint8Array(), undefined],
    ['a JPEG that goes nowhere', Uint8Array.from(Buffer.from('ffd8ffe00000ffe00000ffe00000', 'hex')), undefined],
  ])('the size of %s', (_, bytes, size) => {
    expect(imageSize(bytes)).toEqual(size)
  })

  test('is by reference, never the bytes', () => {
    expect(told({ display: [{ data: { 'image/png': png, 'text/plain': '<Figure>' }, metadata: {} }] })).toMatch(
      /It displayed image\/png 640x480, 29 bytes\.[\s\S]*<Figure>/,
    )
  })

  test('has its size in base64 and in metadata too', () => {
    expect(told({ display: [{ data: { 'image/png': Buffer.from(png).toString('base64') }, metadata: {} }] })).toContain('640x480')
    expect(
      told({ display: [{ data: { 'image/webp': new Uint8Array(9) }, metadata: { 'image/webp': { width: 3, height: 4 } } }] }),
    ).toContain('3x4')
  })

  test('that is large text is by reference', () => {
    const text = told({ display: [{ data: { 'text/html': '<p>'.repeat(9999) }, metadata: {} }] })
    expect(text).toContain('text/html, 29997 characters')
    expect(text).not.toContain('<p>')
  })
})

describe('hints', () => {
  test.each<[string, string]>([
    ["ModuleNotFoundError: No module named 'cv2'", 'pip install opencv-python'],
    ["ModuleNotFoundError: No module named 'sklearn.svm'", 'pip install scikit-learn'],
    ["ModuleNotFoundError: No module named 'requests'", 'pip install requests'],
    ["ModuleNotFoundError: No module named 'constructor'", 'pip install constructor'],
    ["Error: Cannot find module 'left-pad/lib'", 'npm install left-pad'],
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@scope/pkg' imported from /x", 'npm install @scope/pkg'],
    ['Error in library(dplyr) : there is no package called ‘dplyr’', 'install.packages("dplyr")'],
    ['cannot load such file -- nokogiri (LoadError)', 'gem install nokogiri'],
    ["Can't locate JSON/XS.pm in @INC", 'cpan JSON::XS'],
  ])('%s: %s', (error, command) => {
    expect(told({ ...failed, error })).toContain(command)
  })

  test('a module of the program itself is no package', () => {
    expect(told({ ...failed, error: "Error: Cannot find module './helper.js'" })).not.toContain('Hint')
  })

  test.each<[CodeResult['termination'], string]>([
    [{ kind: 'timed-out', limitMs: 2000 }, 'timeoutMs (2000 ms)'],
    [{ kind: 'out-of-memory', limitBytes: 5 }, 'limits.memory (5 bytes)'],
    [{ kind: 'too-many-processes', limit: 5 }, 'limits.pids (5)'],
    [{ kind: 'out-of-disk', limitBytes: 5 }, 'limits.disk (5 bytes)'],
  ])('the limit that was hit and its option: %j', (termination, hint) => {
    expect(told({ success: false, exitCode: null, termination })).toContain(hint)
  })

  test('the cap on output and its option', () => {
    expect(told({ omittedBytes: { output: 7, error: 0 } })).toContain('7 bytes of output went over limits.outputBytes')
  })

  test('a missing module is not taken for a missing network, and cannot be installed without one', () => {
    const text = told({ ...failed, error: "ModuleNotFoundError: No module named 'numpy'" }, { capabilities: ['network-isolation'] })
    expect(text).toContain('The module numpy is not installed. Do without it')
    expect(text).not.toContain('pip install')
    expect(text).not.toContain('off by policy')
  })

  test('the network that is off by policy, and only then', () => {
    const error = 'requests.exceptions.ConnectionError: [Errno -3] Temporary failure in name resolution'
    expect(told({ ...failed, error }, { capabilities: ['network-isolation'] })).toContain('off by policy')
    expect(told({ ...failed, error })).not.toContain('off by policy')
    expect(told({ output: error }, { capabilities: ['network-isolation'] })).not.toContain('off by policy')
  })
})

import { execFileSync } from 'node:child_process'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal, makeSandboxed, noSandbox, WAYS, skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'

/** Prints the environment as the program's process has it. Perl is no shell, and nobody puts a script of the shell in its place. */
const PRINTING = 'print "$_=$ENV{$_}\\0" for keys %ENV'

/** What {@link PRINTING} printed. */
function readEnvironment(output: string): Record<string, string> {
  const entries = output.split('\0').slice(0, -1)
  expect(entries.length, 'an environment was printed').toBeGreaterThan(0)
  return Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
}
/** Names that shells keep for themselves or drop, and those that our own shell code uses. */
const ODD_NAMES = [
  'A.B',
  'A-B',
  '1A',
  'with space',
  'IFS',
  'OPTIND',
  'OPTARG',
  'PPID',
  'UID',
  'PS1',
  'PS4',
  'ENV',
  'BASH_ENV',
  'nl',
  'line',
  'status',
]
const ODD_ENV = Object.fromEntries(ODD_NAMES.map((name, index) => [name, `value ${index}`]))
const VALUES = [`it's`, '"quoted"', '$HOME `id` \\', 'two\nlines\n', '', ' ', '漢😀', '-n', 'a=b']
const VALUES_ENV = Object.fromEntries(VALUES.map((value, index) => [`VALUE_${index}`, value]))

describe.each(WAYS)('%s', (_, make, missing) => {
  skipBecause(missing)
  test('variables of a call arrive under every name and with every value', async () => {
    const executor = make()
    for (const env of [ODD_ENV, VALUES_ENV]) {
      expect(readEnvironment((await executor.executeCode(PRINTING, 'perl', { env })).output)).toMatchObject(env)
    }
  })

  test.each(Object.entries(ODD_ENV))('the variable %s of the executor arrives', async (variable, value) => {
    const { output } = await make({ env: { [variable]: value } }).executeCode(PRINTING, 'perl')
    expect(readEnvironment(output)).toMatchObject({ [variable]: value })
  })

  test('variables of the executor arrive with every value', async () => {
    const { output } = await make({ env: VALUES_ENV }).executeCode(PRINTING, 'perl')
    expect(readEnvironment(output)).toMatchObject(VALUES_ENV)
  })

  test('a variable that our own shell uses does not spoil the line breaks of another one, or of an argument', async () => {
    const source = 'print "$ENV{nl}|$ENV{TEXT}|$ARGV[0]"'
    const { output } = await make().executeCode(source, 'perl', { env: { nl: 'mine', TEXT: 'a\nb' }, args: ['c\nd'] })
    expect(output).toBe('mine|a\nb|c\nd')
  })

  test('a variable of a call wins over that of the executor, for this call alone', async () => {
    const executor = make({ env: { LEVEL: 'executor' } })
    expect((await executor.executeCode('echo $LEVEL', 'sh', { env: { LEVEL: 'call' } })).output).toBe('call\n')
    expect((await executor.executeCode('echo $LEVEL', 'sh')).output).toBe('executor\n')
  })

  test('no variable of ours is there that nobody asked for', async () => {
    const { output } = await make({ inheritEnv: ['PATH'] }).executeCode(PRINTING, 'perl')
    // PWD is what every shell tells its children, and the marker is how the fallbacks find processes again.
    expect(Object.keys(readEnvironment(output)).filter((each) => !['PATH', 'PWD', 'POLYRUN_RUN'].includes(each))).toEqual([])
  })

  test('secrets of this process are not there, unless everything was asked for', async () => {
    vi.stubEnv('POLYRUN_TEST_SECRET', 'hush')
    onTestFinished(() => void vi.unstubAllEnvs())
    const env = 'env | grep POLYRUN_TEST_SECRET || echo none'
    expect((await make().executeCode(env, 'sh')).output).toBe('none\n')
    expect((await make({ inheritEnv: false, env: { PATH: '/usr/bin:/bin' } }).executeCode(env, 'sh')).output).toBe('none\n')
    expect((await make({ inheritEnv: ['PATH', 'POLYRUN_TEST_SECRET'] }).executeCode(env, 'sh')).output).toBe('POLYRUN_TEST_SECRET=hush\n')
    expect((await make({ inheritEnv: true }).executeCode(env, 'sh')).output).toBe('POLYRUN_TEST_SECRET=hush\n')
  })

  test('arguments with line breaks, quotes and dashes arrive exactly', async () => {
    const args = ['a\nb', '\n', '', ' ', `'"`, '$(id)', '-', '--', '-n', '\\', '漢😀', 'x'.repeat(100_000)]
    const { output } = await make().executeCode('import sys, json\nprint(json.dumps(sys.argv[1:]))', 'python', { args })
    expect(JSON.parse(output)).toEqual(args)
  })

  test('standard streams can be opened by name', async () => {
    const executor = make()
    const result = await executor.executeCode('echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin', 'sh', { stdin: 'in' })
    expect(result).toMatchObject({ output: 'out\nin', error: 'err\n', success: true })
    expect((await executor.executeCode('cat /dev/stdin; echo end', 'sh')).output).toBe('end\n')
    expect((await executor.executeCode('echo a > /proc/self/fd/1; cat < /proc/self/fd/0', 'sh', { stdin: 'b' })).output).toBe('a\nb')
  })

  test('no descriptor of ours is open in a program', async () => {
    const source = 'for my $n (3 .. 1024) { print "$n " if -e "/proc/self/fd/$n" && readlink("/proc/self/fd/$n") !~ /main_/ }'
    const inherited = execFileSync('perl', ['-e', source], { encoding: 'utf8' }) // what whoever started the tests left open
    expect((await make().executeCode(source, 'perl')).output).toBe(inherited)
  })
})

describe('virtualEnv', () => {
  const venv = (): string => {
    const root = scratchDirectory()
    execFileSync('python3', ['-m', 'venv', '--without-pip', root])
    return root
  }
  const prefix = 'import sys\nprint(sys.prefix)'

  test('its Python is what runs', async () => {
    const root = venv()
    const result = await makeLocal({ virtualEnv: root }).executeCode(prefix, 'python')
    expect(result).toMatchObject({ output: `${root}\n`, error: '' })
  })

  test('its Python is what runs in a sandbox as well, or the option is refused', async (context) => {
    context.skip(noSandbox !== undefined, noSandbox)
    const root = venv()
    let executor
    try {
      executor = makeSandboxed({ virtualEnv: root })
    } catch (error) {
      await expectCode(() => Promise.reject(error as Error), 'CAPABILITY_UNSUPPORTED')
      return
    }
    expect((await executor.executeCode(prefix, 'python')).output).toBe(`${root}\n`)
  })

  test('a directory that is none is refused when the executor is made', async () => {
    await expectCode(() => makeLocal({ virtualEnv: scratchDirectory() }), 'INVALID_ARGUMENT')
  })
})

test.each(['/no/such/directory', '/etc/passwd'])(
  'a place for temporary files that is none, %s, is told with the variable that names it',
  async (place) => {
    vi.stubEnv('TMPDIR', place)
    onTestFinished(() => void vi.unstubAllEnvs())
    const error = await expectCode(makeLocal().start(), 'BACKEND_UNREACHABLE')
    expect(error.message).toContain(`made in ${place}`)
    expect(error.message).toContain('Set TMPDIR')
  },
)

import type { CodeExecutor } from '../../src/core/index.ts'
import type { RawCommand } from './docker-raw.ts'

/** A program for an executor, and the command that runs the same program without one. */
export interface BenchProgram extends RawCommand {
  readonly argv: readonly [program: string, ...args: string[]]
  /** What an executor calls the language. */
  readonly language: string
  readonly source: string
  /** Where the command expects the source, in the directory in which it runs. */
  readonly file: string
  readonly expected: string
}

/** What an executor sets for Python. */
const PYTHON_ENV = { PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' } as const

/** Hello in three languages. */
export const HELLOS = {
  python: program('python', ['python3', 'hello.py'], "print('hello')\n", 'hello\n', PYTHON_ENV),
  node: program('javascript', ['node', 'hello.js'], "console.log('hello')\n", 'hello\n'),
  sh: program('sh', ['sh', 'hello.sh'], 'echo hello\n', 'hello\n', { LANG: 'C.UTF-8' }),
} as const

/** One line with pandas. */
export const PANDAS = program(
  'python',
  ['python3', 'series.py'],
  'import pandas\nprint(pandas.Series([1, 2, 3]).sum())\n',
  '6\n',
  PYTHON_ENV,
)

/** Runs the program through an executor; throws when it did not print what it should. */
export async function runThrough(executor: CodeExecutor, { source, language, expected }: BenchProgram): Promise<void> {
  const { output, error } = await executor.executeCode(source, language)
  if (output !== expected) throw new Error(`the executor's ${language} printed ${JSON.stringify(output)}: ${error}`)
}

function program(
  language: string,
  argv: readonly [program: string, file: string],
  source: string,
  expected: string,
  env: Readonly<Record<string, string>> = {},
): BenchProgram {
  return { language, argv, file: argv[1], source, expected, env }
}

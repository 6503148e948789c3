import assert from 'node:assert/strict'
import type { CodeResult, ExecuteOptions, LanguageName } from '../core/index.ts'
import { createLanguageRegistry } from '../languages/index.ts'
import type { ContractContext } from './context.ts'
import { toCase, type ContractCase } from './contract.ts'
import { UNICODE_LINE, type LittlePrograms } from './little-programs.ts'
import { LITTLE_PROGRAMS } from './programs/index.ts'
import type { ExecutorSubject } from './subject.ts'

const ARGUMENTS = ['a b', '-x', '--help', '', 'é', '$(id)', "it's"]
const INPUT = 'first line\nzweite Zeile ✓\nlast line\n'

/** What each little program has to show. */
const CHECKS: Readonly<
  Record<
    keyof LittlePrograms,
    { readonly title: string; readonly options?: ExecuteOptions; readonly check: (result: CodeResult, programs: LittlePrograms) => void }
  >
> = {
  hello: {
    title: 'prints a line',
    check: (result) => succeeds(result, 'hello'),
  },
  echo: {
    title: 'reads its standard input',
    options: { stdin: INPUT },
    check: (result) => succeeds(result, INPUT.trimEnd()),
  },
  args: {
    title: 'gets its arguments exactly',
    options: { args: ARGUMENTS },
    check: (result) => succeeds(result, ARGUMENTS.join('\n')),
  },
  exit3: {
    title: 'tells its exit code',
    check(result) {
      assert.deepEqual(result.termination, { kind: 'exited', exitCode: 3 }, describe(result))
      assert.equal(lines(result.output), 'leaving')
    },
  },
  twoFiles: {
    title: 'is made of two files',
    check: (result) => succeeds(result, '42'),
  },
  broken: {
    title: 'says what is wrong with a wrong program',
    check(result, { broken }) {
      assert.equal(result.success, false, describe(result))
      assert.equal(result.termination.kind, 'exited', describe(result))
      assert.notEqual(`${result.output}${result.error}`.trim(), '', 'there is no message')
      if (broken.absent === undefined && broken.phase !== undefined) assert.equal(result.phase, broken.phase, describe(result))
    },
  },
  unicode: {
    title: 'prints every script',
    check: (result) => succeeds(result, UNICODE_LINE),
  },
}

/**
 * The tests that show that a language works on an executor: its little programs. One that the language cannot express is left out;
 * `CASE.unavailable` is set where this package has no little programs for the language.
 */
export function languageContract(subject: ExecutorSubject, language: LanguageName): ContractCase[] {
  const { name } = createLanguageRegistry().resolve(language)
  const programs = new Map(Object.entries(LITTLE_PROGRAMS)).get(name)
  return Object.entries(CHECKS).flatMap(([kind, { title, options, check }]) => {
    const program = programs?.[kind as keyof LittlePrograms]
    if (program?.absent !== undefined) return []
    const body = async (t: ContractContext): Promise<void> => {
      assert.ok(programs !== undefined && program !== undefined)
      const entryPoint = program.entryPoint === undefined ? {} : { entryPoint: program.entryPoint }
      check(await t.create().executeCode(program.source, name, { ...options, ...entryPoint }), programs)
    }
    return toCase(
      subject,
      `language:${name}:${kind}`,
      `a program in ${name} ${title}`,
      body,
      programs ? undefined : `there are no little programs in ${name}`,
    )
  })
}

function succeeds(result: CodeResult, expected: string): void {
  assert.deepEqual(result.termination, { kind: 'exited', exitCode: 0 }, describe(result))
  assert.equal(lines(result.output), expected)
}

/** Some languages end their lines with CRLF or leave the last one open; that is theirs to choose. */
function lines(output: string): string {
  return output.replaceAll('\r\n', '\n').replace(/\n$/, '')
}

function describe({ phase, termination, output, error }: CodeResult): string {
  return `${phase} ended with ${JSON.stringify(termination)}\n${output.slice(0, 2000)}\n${error.slice(0, 2000)}`
}

import { FileProblem } from './file-failure.ts'

/** Says whether a line has what is looked for. */
export type LineTest = (line: string) => boolean

/** What a pattern may be. */
export interface LinePattern {
  readonly pattern: string
  readonly kind: 'literal' | 'regex'
  readonly ignoreCase: boolean
}

const LONGEST_PATTERN = 10_000

/** Compiles a pattern; a regular expression takes linear time whatever it is. @throws FileProblem `invalid_pattern` */
export async function compileLinePattern({ pattern, kind, ignoreCase }: LinePattern): Promise<LineTest> {
  assertLinePattern(pattern)
  if (kind === 'literal' && !ignoreCase) return (line) => line.includes(pattern)
  // Loaded late, so that the import of the package is short.
  const { RE2JS } = await import('re2js')
  try {
    const compiled = RE2JS.compile(kind === 'literal' ? RE2JS.quote(pattern) : pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    return (line) => compiled.test(line)
  } catch (cause) {
    throw new FileProblem('invalid_pattern', pattern, `cannot be used (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    })
  }
}

/** @throws FileProblem `invalid_pattern` */
export function assertLinePattern(pattern: unknown): asserts pattern is string {
  if (typeof pattern !== 'string' || pattern === '') throw new FileProblem('invalid_pattern', String(pattern), 'is no pattern')
  if (pattern.length > LONGEST_PATTERN) throw new FileProblem('invalid_pattern', pattern, `is longer than ${LONGEST_PATTERN} characters`)
  if (/[\n\r\0]/.test(pattern))
    throw new FileProblem('invalid_pattern', pattern, 'has a line end or NUL, and lines are searched one by one')
}

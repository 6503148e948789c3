import { FileProblem } from './file-failure.ts'

/** Alternatives that the braces of one pattern may stand for. */
const MOST_ALTERNATIVES = 256
const LONGEST_PATTERN = 1_000

/** Says whether a path matches. */
export type PathTest = (path: string) => boolean

/**
 * Compiles a pattern: `*` and `?` stay within a part of the path, `**` is any number of parts, `[a-z]` and `[!a-z]` are one
 * character, `{a,b}` are alternatives, a backslash takes away the meaning of what follows. A pattern without `/` is looked
 * for at every depth. Matching takes time in proportion to pattern and path, whatever they are.
 *
 * @param hidden - whether `*`, `?` and `**` match names that start with a dot
 * @throws FileProblem `invalid_pattern`
 */
export function compileGlob(pattern: unknown, { hidden = false }: { readonly hidden?: boolean } = {}): PathTest {
  if (typeof pattern !== 'string' || pattern === '') throw invalid(pattern, 'is no pattern')
  if (pattern.length > LONGEST_PATTERN) throw invalid(pattern, `is longer than ${LONGEST_PATTERN} characters`)
  const tests = expandBraces(pattern).map((each) => compileOne(each, hidden))
  return (path) => {
    const parts = path.split('/')
    return tests.some((test) => test(parts))
  }
}

type PartTest = '**' | ((part: string) => boolean)

function compileOne(pattern: string, hidden: boolean): (parts: readonly string[]) => boolean {
  const given = pattern.split('/')
  if (given.includes('..')) throw invalid(pattern, 'has a .. part')
  const anyDepth = given.length === 1
  const parts = given.filter((part) => part !== '' && part !== '.')
  const tests: PartTest[] = (anyDepth ? ['**', ...parts] : parts).map((part) => (part === '**' ? part : compilePart(part, hidden)))
  const isPassable = (name: string): boolean => hidden || !name.startsWith('.')
  // reached[i]: the first i tests match the names so far. Two for all calls: a pattern may be held against very many paths.
  let [reached, next] = [0, 1].map(() => Array.from({ length: tests.length + 1 }, () => false)) as [boolean[], boolean[]]
  return (names) => {
    reached.fill(false)
    reached[0] = true
    close(tests, reached)
    for (const name of names) {
      next.fill(false)
      for (const [index, test] of tests.entries()) {
        if (!reached[index]) continue
        if (test === '**') next[index] ||= isPassable(name)
        else if (test(name)) next[index + 1] = true
      }
      close(tests, next)
      ;[reached, next] = [next, reached]
    }
    return reached[tests.length] ?? false
  }
}

/** `**` also matches no part at all. */
function close(tests: readonly PartTest[], reached: boolean[]): void {
  for (const [index, test] of tests.entries()) if (test === '**' && reached[index]) reached[index + 1] = true
}

type Step = '*' | ((character: string) => boolean)

function compilePart(part: string, hidden: boolean): (name: string) => boolean {
  const steps = readSteps(part)
  const first = steps[0]
  const namesDot = typeof first === 'function' && part.startsWith('.')
  const literal = steps.every((step) => step !== '*') && !/[?[\\]/.test(part)
  if (literal) return (name) => name === part
  return (name) => (hidden || namesDot || !name.startsWith('.')) && matchSteps(steps, charactersOf(name))
}

/** The characters of a name, which is its own list of them as long as none of them is a pair. */
function charactersOf(name: string): ArrayLike<string> {
  return /[\ud800-\udfff]/.test(name) ? Array.from(name) : name
}

/** Goes back to the last `*` only, which is enough: an earlier one could not do better. */
function matchSteps(steps: readonly Step[], characters: ArrayLike<string>): boolean {
  let [at, step, starStep, starAt] = [0, 0, -1, 0]
  while (at < characters.length) {
    const test = steps[step]
    if (test === '*') {
      starStep = step
      starAt = at
      step += 1
    } else if (test?.(characters[at] ?? '') === true) {
      at += 1
      step += 1
    } else if (starStep >= 0) {
      step = starStep + 1
      starAt += 1
      at = starAt
    } else return false
  }
  while (steps[step] === '*') step += 1
  return step === steps.length
}

function readSteps(part: string): Step[] {
  const characters = Array.from(part)
  const steps: Step[] = []
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? ''
    if (character === '*') {
      if (steps.at(-1) !== '*') steps.push('*')
    } else if (character === '?') steps.push(() => true)
    else if (character === '[') {
      const [end, test] = readClass(characters, at, part)
      steps.push(test)
      at = end
    } else {
      if (character === '\\') at += 1
      const wanted = characters[at] ?? '\\'
      steps.push((other) => other === wanted)
    }
  }
  return steps
}

function readClass(
  characters: readonly string[],
  start: number,
  pattern: string,
): readonly [end: number, test: (character: string) => boolean] {
  const negated = characters[start + 1] === '!' || characters[start + 1] === '^'
  const first = start + (negated ? 2 : 1)
  const end = characters.indexOf(']', first + 1) // a ] that comes first is one of the characters
  if (end < 0) throw invalid(pattern, 'has a [ without its ]')
  const ranges: (readonly [string, string])[] = []
  for (let at = first; at < end; at += 1) {
    const from = characters[at] ?? ''
    const isRange = characters[at + 1] === '-' && at + 2 < end
    ranges.push([from, isRange ? (characters[at + 2] ?? from) : from])
    if (isRange) at += 2
  }
  return [end, (character) => ranges.some(([from, to]) => from <= character && character <= to) !== negated]
}

function expandBraces(pattern: string): string[] {
  const done: string[] = []
  let waiting = [pattern]
  while (waiting.length > 0) {
    const next: string[] = []
    for (const each of waiting) {
      const alternatives = expandFirst(each, pattern)
      if (alternatives === undefined) done.push(each)
      else next.push(...alternatives)
      if (next.length + done.length > MOST_ALTERNATIVES) throw invalid(pattern, `stands for more than ${MOST_ALTERNATIVES} alternatives`)
    }
    waiting = next
  }
  return done
}

/** The alternatives of the first pair of braces; `undefined` without one. */
function expandFirst(text: string, pattern: string): string[] | undefined {
  const commas: number[] = []
  let [open, depth] = [-1, 0]
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === '{') {
      if (depth === 0) open = at
      depth += 1
    } else if (character === ',' && depth === 1) commas.push(at)
    else if (character === '}' && depth > 0) {
      depth -= 1
      if (depth > 0) continue
      const [head, tail] = [text.slice(0, open), text.slice(at + 1)]
      const ends = [open, ...commas, at]
      return ends.slice(1).map((end, index) => head + text.slice((ends[index] ?? open) + 1, end) + tail)
    }
  }
  if (depth > 0) throw invalid(pattern, 'has a { without its }')
  return undefined
}

function invalid(pattern: unknown, reason: string): FileProblem {
  return new FileProblem('invalid_pattern', String(pattern), reason)
}

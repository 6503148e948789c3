import { assertKnownKeys, CodeExecutorError } from '../../core/index.ts'
import { FileProblem } from '../file-failure.ts'
import { compileGlob, type PathTest } from '../glob.ts'

/** What a rule may be about. */
export const FILE_OPERATIONS = ['read', 'write', 'edit', 'remove', 'list', 'glob', 'grep', 'execute'] as const

/** One of {@link FILE_OPERATIONS}. `execute` is about commands. */
export type FileOperation = (typeof FILE_OPERATIONS)[number]

/** What is done with a call: it goes through, or not, or somebody is asked. */
export type FileAction = 'allow' | 'deny' | 'ask'

/** One rule. */
export interface FileRule {
  readonly action: FileAction
  /** @defaultValue every one */
  readonly operations?: readonly FileOperation[]
  /** Patterns of paths, as in `glob`, hidden names included; for `execute`, of whole commands. @defaultValue every path */
  readonly paths?: readonly string[]
}

/** A question to whoever decides. */
export interface AskRequest {
  readonly operation: FileOperation
  /** The path, or the command of `execute`. */
  readonly path: string
}

/** Rules in their order: the first that fits decides. */
export interface FilePermissions {
  readonly rules: readonly FileRule[]
  /** What happens when no rule fits. @defaultValue 'ask' */
  readonly otherwise?: FileAction
  /** Decides where a rule says `ask`. @defaultValue nobody is there, so the answer is no */
  readonly ask?: (request: AskRequest) => boolean | Promise<boolean>
}

/** Rules that were checked. */
export interface FileRules {
  /** What the rules say. */
  decide(operation: FileOperation, path: string): FileAction
  /** Whether something may be done; asks where the rules say so. */
  check(operation: FileOperation, path: string): Promise<boolean>
}

const ACTIONS: readonly FileAction[] = ['allow', 'deny', 'ask']

/** Compiles rules. @throws `INVALID_ARGUMENT` for what can be no rule */
export function createFileRules(permissions: FilePermissions): FileRules {
  assertKnownKeys(permissions, ['rules', 'otherwise', 'ask'] satisfies (keyof FilePermissions)[], 'permissions')
  const { rules, otherwise = 'ask', ask = () => false } = permissions
  if (!Array.isArray(rules)) throw invalid('rules', rules, 'must be a list')
  const compiled = rules.map((rule: FileRule, index) => compileRule(rule, `rules[${index}]`))
  assertAction(otherwise, 'otherwise')
  const decide = (operation: FileOperation, path: string): FileAction =>
    compiled.find((rule) => rule.fits(operation, path))?.action ?? otherwise
  return {
    decide,
    async check(operation, path) {
      const action = decide(operation, path)
      return action === 'allow' || (action === 'ask' && (await ask({ operation, path })) === true)
    },
  }
}

interface CompiledRule {
  readonly action: FileAction
  fits(operation: FileOperation, path: string): boolean
}

function compileRule(rule: FileRule, argument: string): CompiledRule {
  assertKnownKeys(rule, ['action', 'operations', 'paths'] satisfies (keyof FileRule)[], argument)
  assertAction(rule.action, `${argument}.action`)
  const { operations = FILE_OPERATIONS, paths } = rule
  for (const operation of operations)
    if (!FILE_OPERATIONS.includes(operation)) throw invalid(`${argument}.operations`, operation, 'is no operation')
  const tests = paths?.map((pattern) => compilePattern(pattern, argument))
  return {
    action: rule.action,
    fits: (operation, path) => operations.includes(operation) && (tests === undefined || tests.some((test) => test(path))),
  }
}

function compilePattern(pattern: string, argument: string): PathTest {
  try {
    return compileGlob(pattern, { hidden: true })
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error
    throw invalid(`${argument}.paths`, pattern, error.message)
  }
}

function assertAction(action: unknown, argument: string): void {
  if (!ACTIONS.some((each) => each === action)) throw invalid(argument, action, "must be 'allow', 'deny' or 'ask'")
}

function invalid(argument: string, value: unknown, reason: string): CodeExecutorError<'INVALID_ARGUMENT'> {
  return new CodeExecutorError('INVALID_ARGUMENT', `${argument}: ${JSON.stringify(value)} ${reason}.`, { argument, value })
}

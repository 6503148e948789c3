import {
  assertKnownKeys,
  CodeExecutorError,
  type CodeExecutor,
  type CodeResult,
  type CodeSource,
  type ExecuteOptions,
  type ExecutionEvent,
  type LanguageName,
} from '../core/index.ts'
import type { LanguageRegistry } from '../languages/index.ts'
import { invalid } from './checks.ts'
import { DelegatingExecutor } from './delegating-executor.ts'
import { compileRule, type CheckedSource, type CompiledRule, type DenyRule } from './deny-rule.ts'
import { toRegistry, type KnownLanguages } from './language-names.ts'
import { snapshot } from './snapshot.ts'

/** Options of {@link withValidation}. */
export interface ValidationOptions {
  /**
   * What may not be in a program, by language; any name or alias of a language will do, and `'*'` is every language.
   * The rules of the language that is asked for hold for every file of a program, whatever its name; the rules of another
   * language hold for the files with its extensions.
   */
  readonly deny: Readonly<Record<string, readonly DenyRule[]>>
  /**
   * What the executor was given as its `languages`. A language that is not among them is refused with
   * `LANGUAGE_UNKNOWN`: rules cannot be looked up for it. @defaultValue the built-in languages
   */
  readonly languages?: KnownLanguages
}

/**
 * Patterns are a speed bump, not a wall: they stop an honest mistake and slow a clumsy program, and whoever means to get
 * past them does, since `getattr(__builtins__, 'ev' + 'al')` matches nothing. What a program must not do is for isolation
 * and limits to prevent.
 *
 * Refuses a program that a rule matches before anything starts, in `executeCode` and `streamCode`. Only the program is
 * looked at: not its arguments, its standard input, its environment, nor what it fetches or makes while it runs. Patterns
 * are the caller's own and run on the caller's thread: one that backtracks without end, such as `/(a+)+$/`, blocks it.
 *
 * ```ts
 * const executor = withValidation(inner, { deny: { python: [/^\s*(?:import|from)\s+os\b/m, 'subprocess'], '*': ['rm -rf /'] } })
 * ```
 *
 * @throws `INVALID_ARGUMENT` for what is no rule, `LANGUAGE_UNKNOWN` for rules of a language that nobody knows; the calls
 * throw `CODE_REJECTED` with the rule, the path and the line
 */
export function withValidation(executor: CodeExecutor, options: ValidationOptions): CodeExecutor {
  return new ValidatingExecutor(executor, options)
}

/** The rules for every language. */
const EVERY_LANGUAGE = '*'

class ValidatingExecutor extends DelegatingExecutor {
  readonly #registry: LanguageRegistry
  readonly #rules: ReadonlyMap<string, readonly CompiledRule[]>

  constructor(executor: CodeExecutor, options: ValidationOptions) {
    super(executor)
    assertKnownKeys(options, ['deny', 'languages'] satisfies (keyof ValidationOptions)[], 'options')
    this.#registry = toRegistry(options.languages)
    this.#rules = compileRules(options.deny, this.#registry)
  }

  override async executeCode(source: CodeSource, language: LanguageName, options?: ExecuteOptions): Promise<CodeResult> {
    return super.executeCode(this.#checked(source, language), language, options)
  }

  override async *streamCode(
    source: CodeSource,
    language: LanguageName,
    options?: ExecuteOptions,
  ): AsyncGenerator<ExecutionEvent, void, undefined> {
    yield* super.streamCode(this.#checked(source, language), language, options)
  }

  #checked(given: CodeSource, languageName: LanguageName): CodeSource {
    const language = this.#registry.resolve(languageName).name
    const source = snapshot(given)
    const files = typeof source === 'string' ? [[undefined, source] as const] : Object.entries(source)
    for (const [path, content] of files) {
      const file = { path, text: toText(content), language }
      for (const rule of this.#rulesFor(path, language)) {
        const finding = rule.find(file)
        if (finding) throw rejection(file, rule, finding.line, finding.message)
      }
    }
    return source
  }

  #rulesFor(path: string | undefined, language: string): readonly CompiledRule[] {
    const hasExtension = (extension: string): boolean => path?.toLowerCase().endsWith(extension.toLowerCase()) ?? false
    const spoken = this.#registry.languages.filter(({ extensions }) => extensions.some(hasExtension)).map(({ name }) => name)
    return [...new Set([EVERY_LANGUAGE, language, ...spoken])].flatMap((name) => this.#rules.get(name) ?? [])
  }
}

function compileRules(deny: ValidationOptions['deny'], registry: LanguageRegistry): ReadonlyMap<string, readonly CompiledRule[]> {
  if (typeof deny !== 'object' || deny === null) throw invalid('options.deny', deny, 'must be an object of language to rules')
  const compiled = new Map<string, readonly CompiledRule[]>()
  for (const [key, rules] of Object.entries(deny)) {
    const name = key === EVERY_LANGUAGE ? key : registry.resolve(key).name
    if (!Array.isArray(rules)) throw invalid(`options.deny.${key}`, rules, 'must be a list of rules')
    const more = rules.map((rule: DenyRule, index) => compileRule(rule, `options.deny.${key}[${index}]`))
    compiled.set(name, [...(compiled.get(name) ?? []), ...more])
  }
  return compiled
}

/** Interpreters skip a byte order mark, so `^` has to mean what comes after it. */
function toText(content: string | Uint8Array): string {
  return typeof content === 'string' ? content.replace(/^\uFEFF/, '') : new TextDecoder().decode(content)
}

function rejection(file: CheckedSource, rule: CompiledRule, line: number, message: string | undefined): CodeExecutorError<'CODE_REJECTED'> {
  const place = file.path === undefined ? `line ${line}` : `line ${line} of ${JSON.stringify(file.path)}`
  const why = message === undefined ? '' : `: ${message}`
  return new CodeExecutorError(
    'CODE_REJECTED',
    `The ${file.language} program was refused by the rule ${rule.name} at ${place}${why}${/[.!?]$/.test(why) ? '' : '.'} Change the program, or the rule.`,
    { language: file.language, rule: rule.name, path: file.path, line },
  )
}

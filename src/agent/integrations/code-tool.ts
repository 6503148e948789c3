import { assertKnownKeys, LanguageNotSupportedError, parseTimeout, type CodeExecutor, type LanguageName } from '../../core/index.ts'
import { createLanguageRegistry, type LanguageDefinition, type LanguageRegistry } from '../../languages/index.ts'
import { assertExecutor, assertOptionalFunction, readCount, readName } from '../checks.ts'
import type { ApprovalFunction } from '../execution/approval.ts'
import { hasSucceeded, type BlockResult } from '../execution/block-result.ts'
import { describeResults } from '../execution/describe-results.ts'
import { runPrograms, type RunSettings } from '../execution/run-programs.ts'

/** Options of a tool that runs code. */
export interface CodeToolOptions {
  /** What the model calls it. @defaultValue 'run_code' */
  readonly name?: string
  /** What the model is told it does. @defaultValue a sentence that fits */
  readonly description?: string
  /** The languages it takes, by name or as rows of one's own. @defaultValue every built-in one */
  readonly languages?: readonly (LanguageName | LanguageDefinition)[]
  /** Decides about every run. @defaultValue nobody does */
  readonly approve?: ApprovalFunction
  /** Time limit of a run, in milliseconds. @defaultValue the executor's */
  readonly timeoutMs?: number
  /** Environment variables of every run. */
  readonly env?: Readonly<Record<string, string>>
  /** The most characters of each output stream that the model gets. @defaultValue 16_000 */
  readonly maxOutputChars?: number
}

/** What a model gives the tool. */
export interface CodeToolInput {
  /** A name or alias of a language. */
  readonly language: string
  /** The whole program. */
  readonly code: string
}

/** What comes back: plain JSON. */
export interface CodeToolOutput {
  /** What the model reads. */
  readonly text: string
  /** Whether the program ran to its end and exited with 0. */
  readonly success: boolean
  /** `null` when it did not run, or a limit or a signal ended it. */
  readonly exitCode: number | null
  /** Its standard output. */
  readonly output: string
  /** Its standard error. */
  readonly error: string
}

/** JSON Schema of the input, in the strict form that all providers take. */
export interface CodeToolSchema {
  type: 'object'
  properties: { language: { type: 'string'; description: string; enum: string[] }; code: { type: 'string'; description: string } }
  required: ('language' | 'code')[]
  additionalProperties: false
}

/** A tool before it has the form of any SDK. */
export interface CodeTool {
  readonly name: string
  readonly description: string
  readonly inputSchema: CodeToolSchema
  /** Runs what a model gave. What is wrong with it is told to the model; what is wrong with the executor is thrown. */
  readonly run: (input: unknown, signal: AbortSignal | undefined) => Promise<CodeToolOutput>
}

const OPTION_NAMES = [
  ...(['name', 'description', 'languages', 'approve', 'timeoutMs', 'env', 'maxOutputChars'] as const),
] satisfies readonly (keyof CodeToolOptions)[]

/** @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN` */
export function createCodeTool(executor: CodeExecutor, options: CodeToolOptions = {}): CodeTool {
  assertExecutor(executor, 'executor')
  assertKnownKeys(options, OPTION_NAMES, 'options')
  assertOptionalFunction(options.approve, 'options.approve')
  const registry = createLanguageRegistry(options.languages)
  const name = readName(options.name ?? 'run_code', 'options.name')
  const maxOutputChars = readCount(options.maxOutputChars, 'options.maxOutputChars', 1, 16_000)
  const settings: RunSettings = {
    agent: name,
    executor,
    approve: options.approve,
    approvePer: 'block',
    executeOptions: {
      ...(options.timeoutMs !== undefined && { timeoutMs: parseTimeout(options.timeoutMs) }),
      ...(options.env !== undefined && { env: options.env }),
    },
  }
  return {
    name,
    description: options.description ?? 'Runs a whole program and returns what it printed. Print what you need to know; there is no input.',
    inputSchema: schemaOf(registry),
    async run(input, signal = new AbortController().signal) {
      const read = readInput(input, registry)
      if ('problem' in read) return toldOnly(read.problem)
      const program = { language: read.language, source: read.code, entryPoint: undefined, line: 1 }
      const results = await runPrograms([program], settings, { attempt: 1, context: [], signal, emit: () => {} })
      return toOutput(results, describeResults(results, [], { maxOutputChars, capabilities: executor.capabilities }))
    },
  }
}

function schemaOf({ languages }: LanguageRegistry): CodeToolSchema {
  return {
    type: 'object',
    properties: {
      language: { type: 'string', description: 'The language of the program.', enum: languages.map(({ name }) => name) },
      code: { type: 'string', description: 'The whole program.' },
    },
    required: ['language', 'code'],
    additionalProperties: false,
  }
}

function readInput(input: unknown, registry: LanguageRegistry): CodeToolInput | { readonly problem: string } {
  const { language, code } = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  if (typeof language !== 'string' || typeof code !== 'string') {
    return { problem: 'Nothing was run: give an object with language and code, both text.' }
  }
  try {
    return { language: registry.resolve(language).name, code }
  } catch (error) {
    if (error instanceof LanguageNotSupportedError) return { problem: `Nothing was run: ${error.message}` }
    throw error
  }
}

function toOutput([result]: readonly BlockResult[], text: string): CodeToolOutput {
  if (result?.status !== 'ran') return toldOnly(text)
  const { exitCode, output, error } = result.result
  return { text, success: hasSucceeded(result), exitCode, output, error }
}

function toldOnly(text: string): CodeToolOutput {
  return { text, success: false, exitCode: null, output: '', error: '' }
}

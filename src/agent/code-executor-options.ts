import { assertKnownKeys, parseTimeout, type CodeExecutor, type ExecuteOptions, type LanguageName } from '../core/index.ts'
import type { LanguageDefinition } from '../languages/index.ts'
import { assertExecutor, assertOptionalFunction, invalid, readCount, readName } from './checks.ts'
import { createCodeExtractor, type ExtractedCode, type ExtractOptions } from './code-blocks/index.ts'
import type { ApprovalFunction } from './execution/approval.ts'
import type { RunSettings } from './execution/run-programs.ts'
import { packageEnvironment, readPackages, type FunctionModule, type Preparations } from './functions/index.ts'
import { DEFAULT_MODEL_TIMEOUT_MS, type ThinkingOptions } from './model-options.ts'
import { toModelFunction, type AgentModel, type ModelFunction } from './model/model.ts'

/** Options of {@link CodeExecutorAgent}. */
export interface CodeExecutorAgentOptions extends ThinkingOptions {
  readonly name: string
  /** Where code runs. The agent starts and stops it only with `ownsExecutor`. */
  readonly codeExecutor: CodeExecutor
  /** The agent is the executor's only owner: it starts it, restarts it on `reset` and stops it when it is disposed of. @defaultValue false */
  readonly ownsExecutor?: boolean
  /** What it is good for. @defaultValue a sentence that fits */
  readonly description?: string
  /** Writes the code. @defaultValue none: the agent runs the code that others write */
  readonly model?: AgentModel
  /** What the model is told about its part; `false` to tell it nothing, not even how its code is run. @defaultValue a sentence about solving tasks with code */
  readonly systemMessage?: string | false
  /** Without a model: whose messages hold code to be run. @defaultValue everybody's but its own */
  readonly sources?: readonly string[]
  /** The languages that may run, by name or as rows of one's own. @defaultValue every built-in one */
  readonly languages?: readonly (LanguageName | LanguageDefinition)[]
  /** The language of blocks that name none. @defaultValue such blocks are left alone */
  readonly untagged?: LanguageName
  /** Joins the blocks that name files into one program. @defaultValue false */
  readonly multiFile?: boolean
  /** With a model: how many more attempts it has after code that failed. @defaultValue 3 */
  readonly maxRetriesOnError?: number
  /** With a model: whether it looks at the last results and answers in words. Without, the results are the answer. @defaultValue true */
  readonly reflect?: boolean
  /** Decides about every run. @defaultValue nobody does, with a warning where nothing isolates the code */
  readonly approve?: ApprovalFunction
  /** Whether `approve` is asked for each program, or once for all of an answer. @defaultValue 'block' */
  readonly approvePer?: 'block' | 'answer'
  /** Time limit of a run, in milliseconds. @defaultValue the executor's */
  readonly timeoutMs?: number
  /** Environment variables of every run. */
  readonly env?: Readonly<Record<string, string>>
  /** Functions that programs can import. @defaultValue none */
  readonly functions?: readonly FunctionModule[]
  /** Packages to install into the working directory before the first run. @defaultValue none */
  readonly packages?: Preparations['packages']
  /** The most characters of each output stream that go into the chat. @defaultValue 16_000 */
  readonly maxOutputChars?: number
}

const OPTION_NAMES = [
  ...(['name', 'codeExecutor', 'ownsExecutor', 'description', 'model', 'systemMessage', 'sources', 'languages', 'untagged'] as const),
  ...(['multiFile', 'maxRetriesOnError', 'reflect', 'approve', 'approvePer', 'timeoutMs', 'env', 'functions', 'packages'] as const),
  ...(['maxOutputChars', 'modelTimeoutMs', 'maxModelRetries'] as const),
] satisfies readonly (keyof CodeExecutorAgentOptions)[]
true satisfies [keyof CodeExecutorAgentOptions] extends [(typeof OPTION_NAMES)[number]] ? true : false

/** {@link CodeExecutorAgentOptions} after checking, with the defaults applied. */
export interface AgentSettings {
  readonly name: string
  readonly description: string
  readonly model: ModelFunction | undefined
  readonly systemMessage: string | false
  readonly modelTimeoutMs: number
  readonly sources: readonly string[] | undefined
  readonly extract: (markdown: string) => ExtractedCode
  readonly multiFile: boolean
  readonly maxRetriesOnError: number
  readonly reflect: boolean
  readonly run: RunSettings
  readonly preparations: Preparations
  readonly maxOutputChars: number
  readonly ownsExecutor: boolean
}

const DEFAULTS = {
  maxRetriesOnError: 3,
  maxOutputChars: 16_000,
  systemMessage: 'You solve tasks by writing programs, which are run for you.',
} as const satisfies Partial<CodeExecutorAgentOptions>

/** @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN` */
export function readAgentOptions(options: CodeExecutorAgentOptions): AgentSettings {
  assertKnownKeys(options, OPTION_NAMES, 'options')
  assertExecutor(options.codeExecutor, 'codeExecutor')
  assertOptionalFunction(options.approve, 'approve')
  const model = options.model === undefined ? undefined : toModelFunction(options.model, options)
  const preparations = readPreparations(options)
  return {
    name: readName(options.name, 'name'),
    description: options.description ?? (model ? 'Writes programs, runs them and tells what came of it.' : 'Runs the code of others.'),
    model,
    systemMessage: options.systemMessage ?? DEFAULTS.systemMessage,
    modelTimeoutMs: parseTimeout(options.modelTimeoutMs ?? DEFAULT_MODEL_TIMEOUT_MS, 'modelTimeoutMs'),
    sources: readSources(options.sources),
    extract: createCodeExtractor(extractOptions(options)),
    multiFile: readFlag(options.multiFile, 'multiFile', false),
    maxRetriesOnError: readCount(options.maxRetriesOnError, 'maxRetriesOnError', 0, DEFAULTS.maxRetriesOnError),
    reflect: readFlag(options.reflect, 'reflect', true),
    run: {
      agent: options.name,
      executor: options.codeExecutor,
      approve: options.approve,
      approvePer: readApprovePer(options.approvePer ?? 'block'),
      executeOptions: readExecuteOptions(options, preparations),
    },
    preparations,
    maxOutputChars: readCount(options.maxOutputChars, 'maxOutputChars', 1, DEFAULTS.maxOutputChars),
    ownsExecutor: readFlag(options.ownsExecutor, 'ownsExecutor', false),
  }
}

/** Options for the extraction out of options that have more. */
export function extractOptions({ languages, untagged }: ExtractOptions): ExtractOptions {
  return { ...(languages !== undefined && { languages }), ...(untagged !== undefined && { untagged }) }
}

function readExecuteOptions(
  { codeExecutor, timeoutMs, env }: CodeExecutorAgentOptions,
  preparations: Preparations,
): Pick<ExecuteOptions, 'timeoutMs' | 'env'> {
  const whole = { ...packageEnvironment(codeExecutor, preparations), ...env }
  return {
    ...(timeoutMs !== undefined && { timeoutMs: parseTimeout(timeoutMs) }),
    ...(Object.keys(whole).length > 0 && { env: whole }),
  }
}

function readPreparations({ functions = [], packages = {} }: CodeExecutorAgentOptions): Preparations {
  if (!Array.isArray(functions) || !functions.every(isFunctionModule)) {
    throw invalid('functions', functions, 'must be a list of what pythonFunctions and javascriptFunctions return')
  }
  assertKnownKeys(packages, ['python', 'javascript'], 'packages')
  for (const [language, list] of Object.entries(packages)) readPackages(list, `packages.${language}`)
  return { functions, packages }
}

function isFunctionModule(value: Partial<FunctionModule> | null | undefined): boolean {
  return typeof value?.files === 'object' && typeof value.prompt === 'string' && Array.isArray(value.packages)
}

function readSources(sources: readonly string[] | undefined): readonly string[] | undefined {
  if (sources === undefined || (Array.isArray(sources) && sources.every((each) => typeof each === 'string'))) return sources
  throw invalid('sources', sources, 'must be a list of names')
}

function readApprovePer(value: 'block' | 'answer'): 'block' | 'answer' {
  if (value === 'block' || value === 'answer') return value
  throw invalid('approvePer', value, `must be 'block' or 'answer'`)
}

function readFlag(value: boolean | undefined, argument: string, defaultValue: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? defaultValue
  throw invalid(argument, value, 'must be true or false')
}

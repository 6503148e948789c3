/**
 * A tool that runs code, for the AI SDK (package `ai`). The SDK is not loaded from here: the tool is a plain object.
 * @module
 */
import type { CodeExecutor } from '../../core/index.ts'
import type { AgentTool, ToolOutput, ToolSchema } from '../tools/tool.ts'
import { createCodeTool, type CodeToolInput, type CodeToolOptions, type CodeToolOutput, type CodeToolSchema } from './code-tool.ts'

export type { CodeToolInput, CodeToolOptions, CodeToolOutput, CodeToolSchema } from './code-tool.ts'

/** Input that describes and checks itself: a Standard Schema with its JSON Schema, which the AI SDK takes. */
export interface CodeToolStandardSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'polyrun'
    readonly types?: { readonly input: CodeToolInput; readonly output: CodeToolInput }
    readonly validate: (value: unknown) => { readonly value: CodeToolInput } | { readonly issues: readonly { readonly message: string }[] }
    readonly jsonSchema: {
      readonly input: () => CodeToolSchema & Record<string, unknown>
      readonly output: () => CodeToolSchema & Record<string, unknown>
    }
  }
}

/** A tool in the form of the AI SDK. */
export interface AiSdkCodeTool {
  readonly description: string
  readonly inputSchema: CodeToolStandardSchema
  readonly execute: (input: CodeToolInput, options: { abortSignal?: AbortSignal | undefined }) => Promise<CodeToolOutput>
  readonly toModelOutput: (options: { output: CodeToolOutput }) => { type: 'text'; value: string }
}

/**
 * A tool for `generateText`, `streamText` and `ToolLoopAgent`: `tools: { run_code: codeExecutionTool(executor) }`. The executor
 * is not started or stopped by it. An abort of the SDK's call ends the program.
 * @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN`
 */
export function codeExecutionTool(executor: CodeExecutor, options: CodeToolOptions = {}): AiSdkCodeTool {
  const { description, inputSchema, run } = createCodeTool(executor, options)
  const jsonSchema = (): CodeToolSchema & Record<string, unknown> => ({ ...inputSchema })
  return {
    description,
    inputSchema: { '~standard': { version: 1, vendor: 'polyrun', validate, jsonSchema: { input: jsonSchema, output: jsonSchema } } },
    execute: (input, { abortSignal }) => run(input, abortSignal),
    toModelOutput: ({ output }) => ({ type: 'text', value: output.text }),
  }
}

/** Only the form: what is wrong with the values, the tool tells the model itself. */
function validate(value: unknown): { readonly value: CodeToolInput } | { readonly issues: readonly { readonly message: string }[] } {
  const { language, code } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (typeof language === 'string' && typeof code === 'string') return { value: { language, code } }
  return { issues: [{ message: 'must be an object with language and code, both text' }] }
}

/** A tool of any kind in the form of the AI SDK. */
export interface AiSdkTool {
  readonly description: string
  readonly inputSchema: AiSdkToolStandardSchema
  readonly execute: (input: unknown, options: { abortSignal?: AbortSignal | undefined }) => Promise<ToolOutput>
  readonly toModelOutput: (options: { output: ToolOutput }) => AiSdkModelOutput
}

/** What the model gets: text, and pictures beside it. */
export type AiSdkModelOutput =
  | { type: 'text'; value: string }
  | { type: 'error-text'; value: string }
  | {
      type: 'content'
      value: ({ type: 'text'; text: string } | { type: 'file'; mediaType: string; data: { type: 'data'; data: Uint8Array } })[]
    }

/** Input that the tool itself checks, with its JSON Schema. */
export interface AiSdkToolStandardSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: 'polyrun'
    readonly types?: { readonly input: unknown; readonly output: unknown }
    readonly validate: (value: unknown) => { readonly value: unknown }
    readonly jsonSchema: {
      readonly input: () => ToolSchema & Record<string, unknown>
      readonly output: () => ToolSchema & Record<string, unknown>
    }
  }
}

/** Tools by name for `generateText`, `streamText` and `ToolLoopAgent`: `tools: aiSdkTools(workplaceTools(executor))`. */
export function aiSdkTools(tools: readonly AgentTool[]): Record<string, AiSdkTool> {
  return Object.fromEntries(tools.map((tool) => [tool.name, aiSdkTool(tool)]))
}

function aiSdkTool({ description, inputSchema, execute }: AgentTool): AiSdkTool {
  const jsonSchema = (): ToolSchema & Record<string, unknown> => ({ ...inputSchema })
  return {
    description,
    // What is wrong with the input the tool tells the model itself.
    inputSchema: {
      '~standard': {
        version: 1,
        vendor: 'polyrun',
        validate: (value) => ({ value }),
        jsonSchema: { input: jsonSchema, output: jsonSchema },
      },
    },
    execute: (input, { abortSignal }) => execute(input, { signal: abortSignal }),
    toModelOutput: ({ output: { text, isError, images } }) =>
      images.length === 0
        ? { type: isError ? 'error-text' : 'text', value: text }
        : {
            type: 'content',
            value: [
              { type: 'text', text },
              ...images.map(({ mediaType, bytes }) => ({ type: 'file' as const, mediaType, data: { type: 'data' as const, data: bytes } })),
            ],
          },
  }
}

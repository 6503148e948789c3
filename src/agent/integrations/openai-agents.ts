/**
 * A tool that runs code, for the OpenAI Agents SDK (package `@openai/agents`). The SDK is not loaded from here: the tool is a
 * plain object.
 * @module
 */
import type { CodeExecutor } from '../../core/index.ts'
import type { AgentTool, ToolSchema } from '../tools/tool.ts'
import { createCodeTool, type CodeToolOptions, type CodeToolSchema } from './code-tool.ts'

export type { CodeToolOptions, CodeToolSchema } from './code-tool.ts'

/** A function tool in the form of the OpenAI Agents SDK. */
export interface OpenAiAgentsCodeTool {
  type: 'function'
  name: string
  description: string
  parameters: CodeToolSchema
  strict: boolean
  invoke: (runContext: unknown, input: string, details?: { signal?: AbortSignal }) => Promise<string>
  needsApproval: () => Promise<boolean>
  isEnabled: () => Promise<boolean>
}

/**
 * A tool for an `Agent`: `tools: [codeExecutionTool(executor)]`. The executor is not started or stopped by it. An abort of the
 * SDK's run ends the program.
 * @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN`
 */
export function codeExecutionTool(executor: CodeExecutor, options: CodeToolOptions = {}): OpenAiAgentsCodeTool {
  const { name, description, inputSchema, run } = createCodeTool(executor, options)
  return {
    type: 'function',
    name,
    description,
    parameters: inputSchema,
    strict: true,
    invoke: async (_runContext, input, details) => (await run(parse(input), details?.signal)).text,
    needsApproval: () => Promise.resolve(false),
    isEnabled: () => Promise.resolve(true),
  }
}

/** A tool of any kind in the form of the OpenAI Agents SDK. */
export interface OpenAiAgentsTool {
  type: 'function'
  name: string
  description: string
  parameters: ToolSchema
  strict: boolean
  invoke: (runContext: unknown, input: string, details?: { signal?: AbortSignal }) => Promise<string | OpenAiAgentsContent[]>
  needsApproval: () => Promise<boolean>
  isEnabled: () => Promise<boolean>
}

/** A part of an answer that has pictures. */
export type OpenAiAgentsContent = { type: 'text'; text: string } | { type: 'image'; image: { data: string; mediaType: string } }

/** Tools for an `Agent`: `tools: openAiAgentsTools(workplaceTools(executor))`. */
export function openAiAgentsTools(tools: readonly AgentTool[]): OpenAiAgentsTool[] {
  return tools.map(({ name, description, inputSchema, execute }) => ({
    type: 'function',
    name,
    description,
    parameters: inputSchema,
    strict: true,
    invoke: async (_runContext, input, details) => {
      const { text, images } = await execute(parse(input), { signal: details?.signal })
      if (images.length === 0) return text
      const shown = images.map(({ mediaType, bytes }): OpenAiAgentsContent => ({
        type: 'image',
        image: { data: Buffer.from(bytes).toString('base64'), mediaType },
      }))
      return [{ type: 'text', text }, ...shown]
    },
    needsApproval: () => Promise.resolve(false),
    isEnabled: () => Promise.resolve(true),
  }))
}

/** What is no JSON is no input either; the tool says so to the model. */
function parse(input: string): unknown {
  try {
    return JSON.parse(input) as unknown
  } catch {
    return undefined
  }
}

/**
 * A tool that runs code, for LangChain (package `@langchain/core`). The SDK is not loaded from here: its own `tool` function
 * makes the tool, so that there is one copy of it.
 * @module
 */
import type { CodeExecutor } from '../../core/index.ts'
import type { AgentTool, ToolSchema } from '../tools/tool.ts'
import { createCodeTool, type CodeToolOptions, type CodeToolSchema } from './code-tool.ts'

export type { CodeToolOptions, CodeToolSchema } from './code-tool.ts'

/** The two arguments of LangChain's `tool`. */
export type LangChainToolArguments = [
  run: (input: unknown, config?: { signal?: AbortSignal | undefined }) => Promise<string>,
  fields: { name: string; description: string; schema: CodeToolSchema },
]

/**
 * What LangChain's `tool` needs: `tool(...codeExecutionTool(executor))`. The executor is not started or stopped by it. An abort
 * of the SDK's call ends the program.
 * @throws `INVALID_ARGUMENT`, `LANGUAGE_UNKNOWN`
 */
export function codeExecutionTool(executor: CodeExecutor, options: CodeToolOptions = {}): LangChainToolArguments {
  const { name, description, inputSchema, run } = createCodeTool(executor, options)
  return [async (input, config) => (await run(input, config?.signal)).text, { name, description, schema: inputSchema }]
}

/** The two arguments of LangChain's `tool` for a tool of any kind. */
export type LangChainAgentToolArguments = [
  run: (input: unknown, config?: { signal?: AbortSignal | undefined }) => Promise<string | LangChainContent[]>,
  fields: { name: string; description: string; schema: ToolSchema },
]

/** A part of an answer that has pictures. */
export type LangChainContent = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } }

/** What LangChain's `tool` needs for each: `langChainTools(workplaceTools(executor)).map((each) => tool(...each))`. */
export function langChainTools(tools: readonly AgentTool[]): LangChainAgentToolArguments[] {
  return tools.map(({ name, description, inputSchema, execute }) => [
    async (input, config) => {
      const { text, images } = await execute(input, { signal: config?.signal })
      if (images.length === 0) return text
      const shown = images.map(({ mediaType, bytes }): LangChainContent => ({
        type: 'image_url',
        image_url: { url: `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}` },
      }))
      return [{ type: 'text', text }, ...shown]
    },
    { name, description, schema: inputSchema },
  ])
}

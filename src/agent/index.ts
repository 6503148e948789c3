/**
 * Agents that write code, run it, look at what happened and go on; and what they need to take part in a chat. Nothing here
 * makes an executor: they are handed one.
 * @module
 */
export { AssistantAgent, type AssistantAgentOptions } from './assistant-agent.ts'
export { BaseChatAgent, type RunOptions, type Turn, type TurnOutcome } from './chat/base-agent.ts'
export type { AgentResponse, AgentState, AgentStreamEvent, ChatAgent, TurnOptions } from './chat/chat-agent.ts'
export type { ChatMessage, IdentifiedMessage, Task } from './chat/message.ts'
export {
  describeSkipped,
  extractCodeBlocks,
  toPrograms,
  type CodeBlock,
  type ExtractedCode,
  type ExtractOptions,
  type Program,
  type ProgramOptions,
  type SkippedBlock,
  type SkipReason,
} from './code-blocks/index.ts'
export { CodeExecutorAgent } from './code-executor-agent.ts'
export type { CodeExecutorAgentOptions } from './code-executor-options.ts'
export type { AgentEvent } from './events.ts'
export type { ApprovalDecision, ApprovalFunction, ApprovalRequest } from './execution/approval.ts'
export type { BlockResult } from './execution/block-result.ts'
export { describeResults, type DescribeOptions } from './execution/describe-results.ts'
export { javascriptFunctions, pythonFunctions, type FunctionModule, type FunctionModuleOptions } from './functions/index.ts'
export type { ThinkingOptions } from './model-options.ts'
export type { AgentModel, AiSdkLanguageModel, ModelCallOptions, ModelFunction, ModelMessage, ModelOptions } from './model/model.ts'
export { RoundRobinGroupChat, type RoundRobinOptions, type TeamResult, type TeamState, type TeamStreamEvent } from './teams/round-robin.ts'
export { maxMessages, terminateWhen, textMention, type Termination, type TerminationFunction } from './teams/termination.ts'
export {
  defineTool,
  TOOL_GROUPS,
  workplaceTools,
  type AgentTool,
  type ToolCallOptions,
  type ToolDefinition,
  type ToolField,
  type ToolFieldType,
  type ToolGroup,
  type ToolImage,
  type ToolInput,
  type ToolOutput,
  type ToolSchema,
  type ToolSchemaField,
  type WorkplaceToolsOptions,
} from './tools/index.ts'

export type { AgentTool, ToolCallOptions, ToolFieldType, ToolImage, ToolOutput, ToolSchema, ToolSchemaField } from './tool.ts'
export { defineTool, type ToolDefinition, type ToolField, type ToolInput } from './tool.ts'
export { TOOL_GROUPS, workplaceTools, type ToolGroup, type WorkplaceToolsOptions } from './workplace-tools.ts'

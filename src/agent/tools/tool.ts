import { invalid } from '../checks.ts'

/** A picture for a model that can see. */
export interface ToolImage {
  /** `image/png` or `image/jpeg`. */
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** What a tool says to the model that called it. */
export interface ToolOutput {
  /** What the model reads; bounded. */
  readonly text: string
  /** Whether what the model asked for was not done. It is told in `text`, and the model may go on. */
  readonly isError: boolean
  /** Pictures to be shown beside the text. */
  readonly images: readonly ToolImage[]
}

/** JSON Schema of a tool's input, in the strict form that all providers take: every field is there, and may be null. */
export interface ToolSchema {
  type: 'object'
  properties: Record<string, ToolSchemaField>
  required: string[]
  additionalProperties: false
}

/** One field of a {@link ToolSchema}. */
export interface ToolSchemaField {
  type: ToolFieldType | [ToolFieldType, 'null']
  description: string
  enum?: string[]
}

/** What a field holds. */
export type ToolFieldType = 'string' | 'integer' | 'boolean'

/** A tool before it has the form of any SDK. */
export interface AgentTool {
  readonly name: string
  /** What the model is told it does. */
  readonly description: string
  readonly inputSchema: ToolSchema
  /**
   * Does what a model asked for. What is wrong with the input, or comes of it, is told in the output. What is wrong with
   * the place is thrown, and so is `signal.reason`.
   */
  readonly execute: (input: unknown, options?: ToolCallOptions) => Promise<ToolOutput>
}

/** Options of {@link AgentTool.execute}. */
export interface ToolCallOptions {
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined
}

/** A field of an input: what it holds and what the model is told of it. */
export interface ToolField {
  readonly type: ToolFieldType
  readonly description: string
  /** May be left out, or null. */
  readonly optional?: true
}

type Held = { string: string; integer: number; boolean: boolean }

/** The input that fields describe. */
export type ToolInput<Fields extends Readonly<Record<string, ToolField>>> = {
  readonly [Name in keyof Fields]: Held[Fields[Name]['type']] | (Fields[Name] extends { optional: true } ? undefined : never)
}

/** What a tool is made of. */
export interface ToolDefinition<Fields extends Readonly<Record<string, ToolField>>> {
  readonly name: string
  readonly description: string
  readonly fields: Fields
  readonly run: (input: ToolInput<Fields>, signal: AbortSignal | undefined) => Promise<ToolOutput>
}

/** A tool whose schema and whose reading of the input come from one list of fields. */
export function defineTool<const Fields extends Readonly<Record<string, ToolField>>>(definition: ToolDefinition<Fields>): AgentTool {
  const { name, description, fields, run } = definition
  return {
    name,
    description,
    inputSchema: schemaOf(fields),
    async execute(input, { signal } = {}) {
      signal?.throwIfAborted()
      const problem = problemOf(input, fields)
      if (problem !== undefined) return failed(`Nothing was done: ${problem}`)
      return run(withoutNulls(input as object) as ToolInput<Fields>, signal)
    },
  }
}

/** What a tool says when it did what was asked. */
export function done(text: string, images: readonly ToolImage[] = []): ToolOutput {
  return { text, isError: false, images }
}

/** What a tool says when it did not. */
export function failed(text: string): ToolOutput {
  return { text, isError: true, images: [] }
}

/** Tools by name. @throws `INVALID_ARGUMENT` for a name that two have */
export function toolsByName(tools: readonly AgentTool[]): ReadonlyMap<string, AgentTool> {
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  if (byName.size === tools.length) return byName
  const twice = tools.find(({ name }, index) => tools.findIndex((other) => other.name === name) < index)
  throw invalid('tools', twice?.name, 'has two tools of that name')
}

function schemaOf(fields: Readonly<Record<string, ToolField>>): ToolSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, { type, description, optional }]) => [
        name,
        { type: optional ? [type, 'null'] : type, description },
      ]),
    ),
    required: Object.keys(fields),
    additionalProperties: false,
  }
}

const IS: Readonly<Record<ToolFieldType, { readonly test: (value: unknown) => boolean; readonly words: string }>> = {
  string: { test: (value) => typeof value === 'string', words: 'text' },
  integer: { test: (value) => Number.isSafeInteger(value), words: 'a whole number' },
  boolean: { test: (value) => typeof value === 'boolean', words: 'true or false' },
}

function problemOf(input: unknown, fields: Readonly<Record<string, ToolField>>): string | undefined {
  const wanted = Object.keys(fields).join(', ')
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return `give an object with ${wanted || 'nothing in it'}.`
  const given = input as Readonly<Record<string, unknown>>
  for (const [name, { type, optional }] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    if (value === undefined || value === null) {
      if (optional) continue
      return `${name} is missing; it must be ${IS[type].words}.`
    }
    if (!IS[type].test(value)) return `${name} must be ${IS[type].words}.`
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name))
  return unknown === undefined ? undefined : `nobody knows ${JSON.stringify(unknown.slice(0, 60))}; give ${wanted || 'nothing'}.`
}

function withoutNulls(input: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
}

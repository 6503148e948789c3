import { assertKnownKeys, isCommandRunner, parseTimeout, type CodeExecutor } from '../../core/index.ts'
import { createFileRules, withPermissions, type FileBackend, type FilePermissions, type FileRules } from '../../files/index.ts'
import { assertExecutor, invalid, readCount } from '../checks.ts'
import { createCodeTool, type CodeToolOptions } from '../integrations/code-tool.ts'
import { backgroundTools, commandTool } from './command-tools.ts'
import { fileTools } from './file-tools.ts'
import { failed, toolsByName, type AgentTool } from './tool.ts'
import { viewImageTool } from './view-image.ts'

/** Groups of tools of {@link workplaceTools}. */
export const TOOL_GROUPS = ['code', 'commands', 'background', 'files', 'images'] as const

/** One of {@link TOOL_GROUPS}. */
export type ToolGroup = (typeof TOOL_GROUPS)[number]

/** Options of {@link workplaceTools}. */
export interface WorkplaceToolsOptions extends Pick<CodeToolOptions, 'languages' | 'approve' | 'timeoutMs' | 'env' | 'maxOutputChars'> {
  /**
   * Which tools there are: `code` runs programs, `commands` and `background` run commands, `files` looks at files and changes
   * them, `images` shows them. @defaultValue all that the executor is able to
   */
  readonly groups?: readonly ToolGroup[]
  /** The files, with rules around them or of another place. @defaultValue the executor's own */
  readonly files?: FileBackend
  /**
   * Rules for the files, and for what is run: `execute` rules see whole commands, and for programs the name of their language.
   * They hold for the tools; a program that runs reaches what its place shows it. @defaultValue everything is allowed
   */
  readonly permissions?: FilePermissions
  /** Whether there are tools that write, edit and remove files. @defaultValue true */
  readonly canWrite?: boolean
  /** The most pixels of an image that is shown; larger ones are shrunk. @defaultValue 1_000_000 */
  readonly maxImagePixels?: number
}

const OPTION_NAMES = [
  ...([
    'languages',
    'approve',
    'timeoutMs',
    'env',
    'maxOutputChars',
    'groups',
    'files',
    'permissions',
    'canWrite',
    'maxImagePixels',
  ] as const),
] satisfies readonly (keyof WorkplaceToolsOptions)[]

/**
 * Tools with which a model works in the place of an executor: it runs programs and commands, looks at files, changes them,
 * and sees pictures. They have no SDK's form; `polyrun/agent/ai-sdk` and its siblings give them one. The executor is not
 * started or stopped by them.
 * @throws `INVALID_ARGUMENT`, also for a group that the executor has nothing for; `LANGUAGE_UNKNOWN`
 */
export function workplaceTools(executor: CodeExecutor, options: WorkplaceToolsOptions = {}): readonly AgentTool[] {
  assertExecutor(executor, 'executor')
  assertKnownKeys(options, OPTION_NAMES, 'options')
  const groups = readGroups(options.groups)
  const maxOutputChars = readCount(options.maxOutputChars, 'options.maxOutputChars', 1, 16_000)
  const maxPixels = readCount(options.maxImagePixels, 'options.maxImagePixels', 1, 1_000_000)
  const timeoutMs = options.timeoutMs === undefined ? undefined : parseTimeout(options.timeoutMs)
  const { permissions } = options
  const rules = permissions && createFileRules(permissions)
  const given = options.files ?? filesOf(executor)
  const files = given && permissions ? withPermissions(given, permissions) : given
  const runner = isCommandRunner(executor) ? executor : undefined
  const made: Readonly<Record<ToolGroup, () => readonly AgentTool[] | undefined>> = {
    code: () => [permitted(codeTool(executor, options), 'language', rules)],
    commands: () => runner && [permitted(commandTool(runner, { maxOutputChars, timeoutMs }), 'command', rules)],
    background: () => runner && backgroundTools(runner, { maxOutputChars }).map((tool) => permitted(tool, 'command', rules)),
    files: () => files && fileTools(files, { maxOutputChars, canWrite: options.canWrite ?? true }),
    images: () => files && [viewImageTool({ files, maxPixels })],
  }
  const tools = (groups ?? TOOL_GROUPS).flatMap((group) => {
    const those = made[group]()
    if (those === undefined && groups !== undefined) {
      throw invalid('options.groups', group, `asks for ${group}, which the ${executor.name} executor has nothing for`)
    }
    return those ?? []
  })
  return [...toolsByName(tools).values()]
}

/** Asks the rules about what would run: the field of the input that says it. Who has no such field runs nothing. */
function permitted(tool: AgentTool, field: string, rules: FileRules | undefined): AgentTool {
  if (rules === undefined || !Object.hasOwn(tool.inputSchema.properties, field)) return tool
  return {
    ...tool,
    async execute(input, options) {
      const what = (typeof input === 'object' && input !== null ? (input as Readonly<Record<string, unknown>>) : {})[field]
      if (typeof what !== 'string' || (await rules.check('execute', what))) return tool.execute(input, options)
      return failed('permission_denied: Nothing was run, since the rules of this place do not allow it. Do without it.')
    },
  }
}

/** The files of an executor, if it has some. */
export function filesOf(executor: CodeExecutor): FileBackend | undefined {
  const { files } = executor as { readonly files?: unknown }
  const isBackend = typeof files === 'object' && files !== null && 'readBytes' in files && 'list' in files
  return isBackend ? (files as FileBackend) : undefined
}

function codeTool(executor: CodeExecutor, { languages, approve, timeoutMs, env, maxOutputChars }: WorkplaceToolsOptions): AgentTool {
  const { name, description, inputSchema, run } = createCodeTool(executor, {
    ...(languages !== undefined && { languages }),
    ...(approve !== undefined && { approve }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(env !== undefined && { env }),
    ...(maxOutputChars !== undefined && { maxOutputChars }),
  })
  return {
    name,
    description,
    inputSchema,
    async execute(input, { signal } = {}) {
      const { text, success } = await run(input, signal)
      return { text, isError: !success, images: [] }
    },
  }
}

function readGroups(groups: readonly ToolGroup[] | undefined): readonly ToolGroup[] | undefined {
  if (groups === undefined) return undefined
  if (Array.isArray(groups) && groups.length > 0 && groups.every((group) => TOOL_GROUPS.includes(group))) return [...new Set(groups)]
  throw invalid('options.groups', groups, `must be a list of some of ${TOOL_GROUPS.join(', ')}`)
}

import type { Turn, TurnOutcome } from './chat/base-agent.ts'
import { isMistake, toPrograms, type ExtractedCode } from './code-blocks/index.ts'
import type { AgentSettings } from './code-executor-options.ts'
import { describeResults } from './execution/describe-results.ts'
import { runPrograms } from './execution/run-programs.ts'

const NO_CODE = 'There is no code to run. Put it in a fenced block that names its language, such as ```python.'

/**
 * A turn without a model: runs the code of the newest message that has any, among those that are new and from somebody whose
 * code may run. Older code is not run, and no code is run in two turns.
 */
export async function runGivenCode(turn: Turn, settings: AgentSettings, prepare: () => Promise<void>): Promise<TurnOutcome> {
  const { run, maxOutputChars } = settings
  const code = findCode(turn, settings)
  const said = code.skipped.filter((block) => isMistake(block) || block.reason === 'untagged')
  const programs = toPrograms(code, settings)
  const describe = { maxOutputChars, capabilities: run.executor.capabilities }
  if (code.skipped.length > 0 || programs.length > 0) {
    turn.emit({ type: 'code-proposed', source: settings.name, attempt: 1, programs, skipped: code.skipped })
  }
  if (programs.length === 0) return { text: [NO_CODE, describeResults([], said, describe)].join('\n\n').trim(), results: [] }
  await prepare()
  const results = await runPrograms(programs, run, { attempt: 1, context: turn.news, signal: turn.signal, emit: turn.emit })
  return { text: describeResults(results, said, describe), results }
}

function findCode({ news }: Turn, { name, sources, extract }: AgentSettings): ExtractedCode {
  const heard = news.filter(({ source }) => source !== name && (sources === undefined || sources.includes(source)))
  const found = heard.map(({ content }) => extract(content))
  const isWorthTelling = ({ skipped }: ExtractedCode): boolean => skipped.length > 0
  return found.findLast(({ blocks }) => blocks.length > 0) ?? found.findLast(isWorthTelling) ?? { blocks: [], skipped: [] }
}

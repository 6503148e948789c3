import { stripVTControlCharacters } from 'node:util'
import { describeTermination, type Capability, type CodeResult, type DisplayData } from '../../core/index.ts'
import { describeSkipped, programText, type Program, type SkippedBlock } from '../code-blocks/index.ts'
import { hasSucceeded, type BlockResult } from './block-result.ts'
import { capText } from './cap-text.ts'
import { describeDisplay, plainText } from './describe-display.ts'
import { fenced } from './fenced.ts'
import { hintsFor } from './hints.ts'

/** How results are put into words. */
export interface DescribeOptions {
  /** The most characters of each stream of a program. */
  readonly maxOutputChars: number
  /** What the executor can do, for hints such as the network that is off. */
  readonly capabilities: ReadonlySet<Capability>
}

const MAX_LINE_CHARS = 2000
const LOST = 'The place had to be replaced to end it: names and files of earlier programs are gone. Make again what you need of them.'

/** Results as Markdown for a chat or a model. What programs printed is fenced so that it cannot pass for anything else. */
export function describeResults(results: readonly BlockResult[], skipped: readonly SkippedBlock[], options: DescribeOptions): string {
  const parts = results.map((result, index) => `${headOf(result, index, results.length)}${bodyOf(result, options)}`)
  return [...parts, ...skipped.map(describeSkipped)].join('\n\n')
}

/** In a line, how the first program ended that did not succeed. */
export function describeFailure(results: readonly BlockResult[]): string {
  const index = results.findIndex((result) => !hasSucceeded(result))
  const failed = results[index]
  return failed ? headOf(failed, index, results.length) : 'Every program succeeded.'
}

function headOf(result: BlockResult, index: number, count: number): string {
  const { program } = result
  const name = program.entryPoint === undefined ? '' : ` ${JSON.stringify(program.entryPoint)}`
  const which = count > 1 ? `Program ${index + 1} of ${count}` : 'The program'
  return `${which} (${program.language}${name}) ${endOf(result)}`
}

function endOf(result: BlockResult): string {
  switch (result.status) {
    case 'ran': {
      const { success, phase, termination, durationMs } = result.result
      const step = phase === 'compile' ? 'did not compile' : success ? 'succeeded' : 'failed'
      return `${step}: ${oneLine(describeTermination(termination))} after ${durationMs.toFixed(0)} ms.`
    }
    case 'denied':
      return `was not run: a person denied it. ${sentence(oneLine(result.reason))} Do not propose the same again.`
    case 'refused':
      return `was not run: ${oneLine(result.error.message)}`
    case 'not-run':
      return 'was not run, since the one before did not succeed.'
  }
}

function bodyOf(result: BlockResult, options: DescribeOptions): string {
  if (result.status !== 'ran') return ''
  const edited = result.edited ? `\n\nA person changed it before it ran. This is what ran:\n\n${codeOf(result.program)}` : ''
  return edited + describeOutput(result.result, options)
}

/** What a program printed and showed, and what would help, as the rest of a Markdown text. */
export function describeOutput(result: CodeResult, { maxOutputChars, capabilities }: DescribeOptions): string {
  const streams = [
    ['Output', result.output],
    ['Error output', result.error],
  ] as const
  const shown = streams
    .filter(([, text]) => text.trim() !== '')
    .map(([title, text]) => `${title}:\n\n${fenced(capText(stripVTControlCharacters(text), maxOutputChars))}`)
  const display = result.display.map((data) => describeShown(data, maxOutputChars))
  const silence = shown.length + display.length === 0 ? ['It printed nothing.'] : []
  const lost = result.stateLost ? [LOST] : []
  const hints = hintsFor(result, capabilities).map((hint) => `Hint: ${hint}`)
  return [...shown, ...display, ...silence, ...lost, ...hints].map((part) => `\n\n${part}`).join('')
}

function describeShown(data: DisplayData, maxChars: number): string {
  const text = plainText(data)
  const rest = describeDisplay(data)
  return [
    ...(rest === '' ? [] : [`It displayed ${rest}.`]),
    ...(text === undefined || text.trim() === '' ? [] : [`Displayed text:\n\n${fenced(capText(text, maxChars))}`]),
  ].join('\n\n')
}

function codeOf(program: Program): string {
  return fenced(programText(program), program.language)
}

/** Words that a program or a model chose must not look like lines of ours. */
function oneLine(text: string): string {
  return capText(stripVTControlCharacters(text), MAX_LINE_CHARS).replaceAll(/\s+/g, ' ')
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

// npm run demo: the programs in examples/ on this machine, streamed, with a table of how each one went.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { styleText } from 'node:util'
import { alignColumns } from '../src/cli/text-table.ts'
import {
  CodeExecutorError,
  describeTermination,
  LocalCodeExecutor,
  type CodeResult,
  type ExecuteOptions,
  type Phase,
} from '../src/index.ts'
import { hostProbe } from '../src/testing/probe.ts'
import { demoPlace } from './lib/demo-place.ts'
import { ROOT } from './lib/paths.ts'

/** A program of examples/ and how it should end. */
interface Example {
  readonly folder: string
  readonly entryPoint: string
  readonly language: string
  readonly shows: string
  readonly options?: ExecuteOptions
  readonly ends: 'by itself' | 'at its time limit'
}

/** A line of the table at the end. */
interface Row {
  readonly example: Example
  readonly phases: Readonly<Partial<Record<Phase, number>>>
  readonly outcome:
    | { readonly kind: 'ran'; readonly result: CodeResult; readonly good: boolean }
    | { readonly kind: 'missing'; readonly message: string }
    | { readonly kind: 'broken'; readonly message: string }
}

const EXAMPLES = join(ROOT, 'examples')
/** Nobody sleeps for this long but the grandchild of the runaway: only its command line has this whole number. */
const marker = `4321.${process.pid}`

const PROGRAMS: readonly Example[] = [
  { folder: 'sales', entryPoint: 'report.py', language: 'python', shows: 'a data crunch over a CSV file', ends: 'by itself' },
  {
    folder: 'tempconv',
    entryPoint: 'main.mjs',
    language: 'javascript',
    shows: 'a project of several modules',
    options: { args: ['36.6C', '451F', '0K'] },
    ends: 'by itself',
  },
  {
    folder: 'life',
    entryPoint: 'main.c',
    language: 'c',
    shows: 'a compiled program of two sources and a header',
    options: { args: ['24'] },
    ends: 'by itself',
  },
  {
    folder: 'words',
    entryPoint: 'count.awk',
    language: 'awk',
    shows: 'a program that reads standard input',
    options: { stdin: readFileSync(join(EXAMPLES, 'words', 'rain.txt')) },
    ends: 'by itself',
  },
  {
    folder: 'runaway',
    entryPoint: 'main.sh',
    language: 'sh',
    shows: 'a program that does not end, with a grandchild that hides from it',
    options: { args: [String(process.pid)], timeoutMs: 2000 },
    ends: 'at its time limit',
  },
]

await using executor = new LocalCodeExecutor(demoPlace())
const isolation = executor.capabilities.has('file-isolation') ? 'bubblewrap' : 'none'
await executor.start()
process.stdout.write(`The programs in examples/ on this machine, isolation: ${isolation}\n`)
const rows: Row[] = []
for (const example of PROGRAMS) rows.push(await show(example))
process.stdout.write(`\n${summary()}`)
process.exitCode = succeeded() ? 0 : 1

async function show(example: Example): Promise<Row> {
  const { folder, entryPoint, language, shows } = example
  const line = '─'.repeat(Math.max(2, 60 - folder.length - entryPoint.length - language.length))
  process.stdout.write(
    `\n${paint('bold', `── ${folder}/${entryPoint}`)} ${paint('cyan', language)} ${paint('dim', line)}\n   ${paint('dim', shows)}\n`,
  )
  try {
    return await follow(example)
  } catch (error) {
    if (!CodeExecutorError.is(error)) throw error
    const kind = CodeExecutorError.is(error, 'LANGUAGE_UNAVAILABLE') ? 'missing' : 'broken'
    process.stdout.write(`   ${kind === 'missing' ? paint('yellow', 'not here:') : paint('red', `${error.code}:`)} ${error.message}\n`)
    return { example, phases: {}, outcome: { kind, message: error.message } }
  }
}

async function follow(example: Example): Promise<Row> {
  const { entryPoint, language, options } = example
  const began: { phase: Phase; at: number }[] = []
  let seenAlive = false
  let atLineStart = true
  const write = (text: string, format: 'reset' | 'red'): void => {
    const indented = text.replaceAll(/^(?!$(?![\s\S]))/gm, (_, offset: number) => (offset > 0 || atLineStart ? '   │ ' : ''))
    process.stdout.write(paint(format, indented))
    atLineStart = text.endsWith('\n')
  }
  for await (const event of executor.streamCode(readFiles(example), language, { ...options, entryPoint })) {
    if (event.type === 'phase-start') {
      process.stdout.write(
        `   ${paint('dim', `${began.length === 0 ? '┌' : '├'} ${event.phase === 'compile' ? 'compiling' : 'running'}`)}\n`,
      )
      began.push({ phase: event.phase, at: performance.now() })
    }
    if (event.type === 'output-delta') write(event.text, 'reset')
    if (event.type === 'error-delta') write(event.text, 'red')
    if (event.type === 'output-delta' && example.ends === 'at its time limit') seenAlive ||= await comesAlive()
    if (event.type !== 'end') continue
    if (!atLineStart) process.stdout.write('\n')
    const phases = durations(began, performance.now())
    const gone = example.ends === 'by itself' || (seenAlive && !(await hostProbe.isAlive(marker)))
    const good = gone && (example.ends === 'by itself' ? event.result.success : event.result.termination.kind === 'timed-out')
    process.stdout.write(`   ${paint('dim', '└')} ${endLine(event.result, good)}\n`)
    if (example.ends === 'at its time limit') process.stdout.write(`     ${grandchildLine(seenAlive, gone)}\n`)
    return { example, phases, outcome: { kind: 'ran', result: event.result, good } }
  }
  throw new Error('the stream ended without a result')
}

/** The grandchild was there, or its absence later would say nothing. */
async function comesAlive(): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await hostProbe.isAlive(marker)) return true
    await delay(20)
  }
  return false
}

function grandchildLine(seenAlive: boolean, gone: boolean): string {
  if (!seenAlive) return paint('red', 'its grandchild was never seen')
  return gone ? paint('green', 'its grandchild was alive while it ran, and is gone') : paint('red', 'its grandchild is STILL ALIVE')
}

function endLine({ termination, durationMs }: CodeResult, good: boolean): string {
  const ended = termination.kind === 'exited' ? describeTermination(termination) : `ended by polyrun: ${describeTermination(termination)}`
  return `${paint(good ? 'green' : 'red', ended)} ${paint('dim', `after ${durationMs.toFixed(0)} ms`)}`
}

function durations(began: readonly { phase: Phase; at: number }[], endedAt: number): Partial<Record<Phase, number>> {
  return Object.fromEntries(began.map(({ phase, at }, index) => [phase, (began[index + 1]?.at ?? endedAt) - at]))
}

function readFiles({ folder }: Example): Record<string, Uint8Array> {
  const directory = join(EXAMPLES, folder)
  return Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]))
}

function summary(): string {
  const head = ['program', 'language', 'compile ms', '  run ms', 'isolation', 'ended'].map((title) => paint('bold', title))
  const body = rows.map(({ example, phases, outcome }) => {
    const name = `${example.folder}/${example.entryPoint}`
    if (outcome.kind === 'missing') return [name, example.language, '', '', '', paint('yellow', `not here: ${outcome.message}`)]
    if (outcome.kind === 'broken') return [name, example.language, '', '', '', paint('red', outcome.message)]
    const ended = describeTermination(outcome.result.termination)
    const ms = (value: number | undefined, width: number): string => (value?.toFixed(0) ?? '-').padStart(width)
    return [name, example.language, ms(phases.compile, 10), ms(phases.run, 8), isolation, paint(outcome.good ? 'green' : 'red', ended)]
  })
  return alignColumns([head, ...body])
}

function succeeded(): boolean {
  const here = rows.map(({ outcome }) => outcome).filter(({ kind }) => kind !== 'missing')
  return here.length > 0 && here.every((outcome) => outcome.kind === 'ran' && outcome.good)
}

function paint(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout })
}

import { basename } from 'node:path'
import type { CodeResult, CodeSource, ExecuteOptions } from '../../core/index.ts'
import { createLanguageRegistry } from '../../languages/index.ts'
import { describeEnd, describeOmission } from '../describe-end.ts'
import { detectLanguage } from '../detect-language.ts'
import { invalid } from '../errors.ts'
import {
  loadExecutor,
  placeSettings,
  runsInPlace,
  type ExecutorSettings,
  type InspectableExecutor,
  type PlaceSettings,
} from '../executors.ts'
import { exitCodeOf, signalExitCode } from '../exit-codes.ts'
import { parseVariables } from '../flags.ts'
import { given } from '../given.ts'
import { say, type CliIo } from '../io.ts'
import { ReaderGone } from '../output-sink.ts'
import { chooseFiles, type Placement } from '../program-files.ts'
import { ProgramOutput } from '../program-output.ts'
import { Progress } from '../progress.ts'
import { readInput, SILENT_PIPE_MS } from '../read-input.ts'

/** The flags of `polyrun run`, each already read as what it means. */
export interface RunFlags extends PlaceSettings {
  readonly executor: string
  readonly language?: string
  readonly timeout?: number
  readonly memory?: number
  readonly cpus?: number
  readonly pids?: number
  readonly disk?: number
  readonly outputBytes?: number
  readonly env?: readonly string[]
  /** A file, `-`, or `false` for none. */
  readonly stdin?: string | false
  readonly workdir?: string
  readonly json?: boolean
}

/** What runs: the program in the form that executors take, and where. */
interface Program {
  readonly source: CodeSource
  readonly language: string
  readonly title: string
  readonly entryPoint: string | undefined
  readonly workDir: string | undefined
}

/** Output that is only passed on may be much; with `--json` all of it is held at once, and the executor's own default is right. */
const STREAMED_BYTES = 64 * 1024 ** 2

/** Runs a program and returns the exit code that says how it went. */
export async function run(words: readonly string[], args: readonly string[], flags: RunFlags, io: CliIo): Promise<number> {
  const progress = new Progress(io)
  const output = new ProgramOutput(io)
  try {
    const adapter = await loadExecutor(flags.executor)
    const settings = settingsOf(flags)
    const env = parseVariables(flags.env ?? [], io.env)
    const program = await readProgram(words, flags, io, progress)
    const warnings: string[] = []
    await using executor = adapter.create(
      { ...settings, ...given({ workDir: program.workDir }) },
      { warn: (warning) => warnings.push(warning), wait: (wait) => progress.showWait(wait) },
    )
    const stdin = await readStdin(words, flags, io, progress)
    // Now that nothing of the call is wrong, so that a mistake has one line and not two.
    for (const warning of warnings) say(io, 'note', warning)
    progress.show(`starting ${program.title}`)
    const options = {
      args,
      env,
      signal: io.signal,
      ...(stdin && { stdin }),
      ...(program.entryPoint !== undefined && { entryPoint: program.entryPoint }),
    }
    const result = await follow(executor, program, options, output, progress, flags.json === true)
    if (flags.json === true) await output.writeOutput(`${JSON.stringify(result, bytesAsBase64)}\n`)
    else tellEnd(result, output, io)
    return exitCodeOf(result.termination)
  } catch (error) {
    progress.stop()
    if (error instanceof ReaderGone) return signalExitCode('SIGPIPE')
    output.endLine()
    throw error
  } finally {
    progress.stop()
  }
}

/** Passes on what a program prints while it runs, and returns what came of it. */
async function follow(
  executor: InspectableExecutor,
  { source, language, title }: Program,
  options: ExecuteOptions,
  output: ProgramOutput,
  progress: Progress,
  quiet: boolean,
): Promise<CodeResult> {
  for await (const event of executor.streamCode(source, language, options)) {
    if (event.type === 'end') return event.result
    if (event.type === 'phase-start' && event.phase === 'compile') {
      progress.show(`compiling ${title}`)
      continue
    }
    progress.stop()
    if (quiet) continue
    if (event.type === 'output-delta') await output.writeOutput(event.text)
    if (event.type === 'error-delta') await output.writeError(event.text)
    // A terminal shows no pictures; what has a text beside them is shown by it.
    if (event.type === 'display') await output.writeOutput(textOf(event.data.data))
  }
  throw new Error(`the ${executor.name} executor ended its stream without a result`)
}

function tellEnd(result: CodeResult, output: ProgramOutput, io: CliIo): void {
  const omission = describeOmission(result)
  if (result.success && omission === undefined) return
  output.endLine()
  if (omission !== undefined) say(io, 'note', omission)
  if (!result.success) say(io, 'failure', describeEnd(result))
}

async function readProgram(words: readonly string[], flags: RunFlags, io: CliIo, progress: Progress): Promise<Program> {
  const registry = createLanguageRegistry()
  if (!words.includes('-')) {
    const { workDir, files } = chooseFiles(words, { ...flags, copies: !runsInPlace(flags.executor) }, io)
    const [entryPoint, content] = firstOf(files)
    const language = detectLanguage({ wanted: flags.language, path: entryPoint, content }, registry)
    return { source: Object.fromEntries(files), language: language.name, title: basename(entryPoint), entryPoint, workDir }
  }
  if (words.length > 1)
    throw invalid('FILE', words, 'A program on standard input (-) is one file. Save it to a file to give others with it.')
  if (flags.stdin === '-')
    throw invalid('--stdin', '-', 'Standard input is the program itself (-). Give its input as a file: --stdin FILE.')
  if (flags.language !== undefined) registry.resolve(flags.language) // before somebody types a program in vain
  if (io.stdin.isTTY === true) say(io, 'note', 'reading the program from the terminal; Ctrl-D ends it.')
  else progress.show('waiting for the program on standard input')
  const content = await readInput(io)
  progress.stop()
  const language = detectLanguage({ wanted: flags.language, path: undefined, content }, registry)
  return {
    source: Buffer.from(content).toString('utf8'),
    language: language.name,
    title: language.title,
    entryPoint: undefined,
    workDir: flags.workdir,
  }
}

async function readStdin(words: readonly string[], { stdin }: RunFlags, io: CliIo, progress: Progress): Promise<Uint8Array | undefined> {
  if (typeof stdin === 'string' && stdin !== '-') return firstOf(chooseFiles([stdin], {}, io).files)[1]
  if (stdin === false || words.includes('-')) return undefined
  // A terminal is read when it was asked for; a pipe or a file is there to be read.
  if (stdin === undefined && io.stdin.isTTY === true) return undefined
  if (io.stdin.isTTY !== true) progress.show('waiting for standard input to end')
  const content = await readInput(io, stdin === '-' ? undefined : SILENT_PIPE_MS)
  progress.stop()
  return content
}

function settingsOf(flags: RunFlags): ExecutorSettings {
  const { timeout, memory, cpus, pids, disk, outputBytes, json } = flags
  const keptBytes = outputBytes ?? (json === true ? undefined : STREAMED_BYTES)
  return {
    ...placeSettings(flags.executor, flags),
    ...given({ timeoutMs: timeout }),
    limits: given({ memory, cpus, pids, disk, outputBytes: keptBytes }),
  }
}

function firstOf(files: Placement['files']): readonly [string, Uint8Array] {
  for (const entry of files) return entry
  throw new Error('a program has at least one file')
}

function textOf(data: Readonly<Record<string, unknown>>): string {
  const text = data['text/plain']
  return typeof text === 'string' ? `${text}\n` : ''
}

/** Binary MIME data as notebooks hold it. */
function bytesAsBase64(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

import type { CodeResult, ErrorCode, LanguageName, Phase, Termination } from '../core/index.ts'

/** Things an executor does besides running programs. */
export type LifecycleStep = 'start' | 'restart' | 'stop'

/**
 * What `withLogging` tells: data, so that it can go to any logger. It never holds what a program was given or printed:
 * no source, arguments, standard input or environment, and no error message, since messages quote such things.
 */
export type LogEntry = ExecutionStart | ExecutionEnd | ExecutionFailed | StepDone | StepFailed

/** A program is handed to the executor. */
export interface ExecutionStart extends OfRun {
  readonly event: 'execution-start'
  /** The paths of a program of several files; `undefined` for one given as text. */
  readonly files: readonly string[] | undefined
}

/** A program ran until it ended, or until a limit ended it. */
export interface ExecutionEnd extends OfRun {
  readonly event: 'execution-end'
  readonly success: boolean
  /** How it ended. */
  readonly termination: Termination['kind']
  readonly exitCode: CodeResult['exitCode']
  /** The step that ended it. */
  readonly phase: Phase
  /** Bytes that the output cap left out of both streams. */
  readonly omittedBytes: number
  /** From the call to its end, waiting included, in milliseconds. */
  readonly durationMs: number
}

/** A program was not run, or not to its end. */
export interface ExecutionFailed extends OfRun, Failure {
  readonly event: 'execution-failed'
  /** Whether the executor failed, the caller's signal fired, or the caller left the stream. */
  readonly cause: 'error' | 'aborted' | 'left'
  /** From the call to its end, in milliseconds. */
  readonly durationMs: number
}

/** The executor was started, restarted or stopped. */
export interface StepDone {
  readonly event: LifecycleStep
  /** Its name. */
  readonly executor: string
  /** How long it took, in milliseconds. */
  readonly durationMs: number
}

/** The executor could not be started, restarted or stopped. */
export interface StepFailed extends Failure {
  readonly event: `${LifecycleStep}-failed`
  /** Its name. */
  readonly executor: string
  /** How long it took, in milliseconds. */
  readonly durationMs: number
}

interface OfRun {
  /** The executor's name. */
  readonly executor: string
  /** Counts the runs of this wrapper from 1; the same in all entries of one run. */
  readonly run: number
  /** The language as it was asked for. */
  readonly language: LanguageName
}

interface Failure {
  /** The error's code; `undefined` for an error that has none, such as the reason of an abort. */
  readonly code: ErrorCode | undefined
}

/** One line for people: `local: run 3 (python) ended after 12 ms: exited 0`. */
export function describeLogEntry(entry: LogEntry): string {
  const after = 'durationMs' in entry ? ` after ${Math.round(entry.durationMs)} ms` : ''
  switch (entry.event) {
    case 'execution-start':
      return `${describeRun(entry)} starts${entry.files === undefined ? '' : `, ${entry.files.length} files`}`
    case 'execution-end': {
      const omitted = entry.omittedBytes === 0 ? '' : `, ${entry.omittedBytes} bytes of output left out`
      return `${describeRun(entry)} ended${after}: ${describeEnd(entry)}${omitted}`
    }
    case 'execution-failed':
      return `${describeRun(entry)} failed${after}: ${entry.code ?? entry.cause}`
    case 'start':
    case 'restart':
    case 'stop':
      return `${plain(entry.executor)}: ${entry.event} done${after}`
    case 'start-failed':
    case 'restart-failed':
    case 'stop-failed':
      return `${plain(entry.executor)}: ${entry.event.replace('-', ' ')}${after}: ${entry.code ?? 'error'}`
  }
}

function describeRun({ executor, run, language }: OfRun): string {
  return `${plain(executor)}: run ${run} (${plain(String(language))})`
}

function describeEnd({ termination, exitCode, phase }: ExecutionEnd): string {
  return `${termination}${exitCode === null ? '' : ` ${exitCode}`}${phase === 'compile' ? ' while compiling' : ''}`
}

/** The language is what a model wrote: it must not start a new line nor move the cursor. */
function plain(text: string): string {
  return /^[\w+#. -]{1,64}$/.test(text) ? text : JSON.stringify(text.slice(0, 64))
}

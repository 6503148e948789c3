// Checked by the compiler: a line that no longer holds, or a marked line that becomes allowed, fails `tsc`.
import type {
  CodeExecutor,
  CodeExecutorError,
  CodeResult,
  CodeSource,
  ErrorCode,
  ErrorDetails,
  ExecuteOptions,
  ExecutionEvent,
  LanguageName,
  ResourceExhaustedError,
  ResourceLimits,
  Termination,
  TimeoutError,
} from '../../src/index.ts'
import { CommandExecutor, LANGUAGE_NAMES, LocalCodeExecutor } from '../../src/index.ts'
import { CodeExecutorError as CodeExecutorErrorClass } from '../../src/index.ts'
import { FakeBackend } from '../support/fake-backend.ts'
import { holds, type Same } from '../support/type-assertions.ts'

// How a program ended, and what a stream tells, are closed sets: a new kind has to be looked at wherever they are told apart.
holds<Same<Termination['kind'], 'exited' | 'raised' | 'signaled' | 'timed-out' | 'out-of-memory' | 'too-many-processes' | 'out-of-disk'>>()
holds<Same<ExecutionEvent['type'], 'phase-start' | 'output-delta' | 'error-delta' | 'display' | 'clear' | 'end'>>()

export function exhaustive(termination: Termination, event: ExecutionEvent): string {
  switch (termination.kind) {
    case 'exited':
      return String(termination.exitCode satisfies number)
    case 'raised':
      return termination.traceback
    case 'signaled':
      return termination.signal
    case 'timed-out':
      return String(termination.limitMs satisfies number)
    case 'too-many-processes':
      return String(termination.limit satisfies number)
    case 'out-of-memory':
    case 'out-of-disk':
      return String(termination.limitBytes satisfies number)
    default:
      termination satisfies never
  }
  switch (event.type) {
    case 'phase-start':
      return event.phase satisfies 'compile' | 'run'
    case 'output-delta':
    case 'error-delta':
      return event.text
    case 'display':
      return String((event.replaces ?? event.id) satisfies string | undefined)
    case 'clear':
      return ''
    case 'end':
      return event.result.output
    default:
      return event satisfies never
  }
}

// Results and options cannot be changed from outside.
export function readOnly(result: CodeResult, options: ExecuteOptions): void {
  // @ts-expect-error a result is read-only
  result.output = ''
  // @ts-expect-error so are its parts
  result.omittedBytes.output = 1
  // @ts-expect-error so are options
  options.timeoutMs = 5
}
holds<Same<CodeResult['exitCode'], number | null>>()

// Details are typed by the code.
holds<Same<keyof ErrorDetails, ErrorCode>>()
export function details(error: unknown): unknown {
  if (CodeExecutorErrorClass.is(error, 'LANGUAGE_UNAVAILABLE')) {
    holds<Same<typeof error.code, 'LANGUAGE_UNAVAILABLE'>>()
    // @ts-expect-error a language that is missing has no path
    void error.details.path
    return error.details.tried satisfies readonly string[]
  }
  if (CodeExecutorErrorClass.is(error)) return error.code satisfies ErrorCode
  // @ts-expect-error there is no such code
  return CodeExecutorErrorClass.is(error, 'NO_SUCH_CODE')
}
// @ts-expect-error the details must be those of the code
void new CodeExecutorErrorClass('TIMEOUT', 'message', { path: 'x' })
holds<TimeoutError extends CodeExecutorError<'TIMEOUT'> ? true : false>()
holds<ResourceExhaustedError extends CodeExecutorError<'RESOURCE_EXHAUSTED'> ? true : false>()
holds<Same<TimeoutError['result'], CodeResult>>()

// Known names complete, and any text is accepted.
holds<(typeof LANGUAGE_NAMES)[number] extends LanguageName ? true : false>()
holds<string extends LanguageName ? true : false>()
holds<Same<LanguageName, string> extends true ? false : true>()
export const names: readonly LanguageName[] = ['python', 'cowsay', LANGUAGE_NAMES[0]]
// @ts-expect-error a number is no name
export const noName: LanguageName = 7

// A program is one text, or text and bytes under names.
export const sources: readonly CodeSource[] = ['print(1)', { 'main.py': 'print(1)', data: new Uint8Array() }]
// @ts-expect-error a list is no program
export const noSource: CodeSource = ['print(1)']

// Sizes may be text, counts may not.
export const limits: ResourceLimits = { memory: '512m', memorySwap: 1, cpus: 0.5, pids: 5, disk: '1g', outputBytes: 5, openFiles: 5 }
// @ts-expect-error a count is a number
export const noLimits: ResourceLimits = { pids: '5' }

// What executes commands is an executor, and is disposed of by the language.
export async function executors(): Promise<void> {
  const all: readonly CodeExecutor[] = [new LocalCodeExecutor({ isolation: 'none' }), new CommandExecutor(new FakeBackend())]
  for (const executor of all) await executor[Symbol.asyncDispose]()
  await using executor = new LocalCodeExecutor({ isolation: 'none' })
  for await (const event of executor.streamCode('', 'python')) event satisfies ExecutionEvent
  // @ts-expect-error an option nobody knows
  await executor.executeCode('', 'python', { timeout: 5 })
  // @ts-expect-error an isolation nobody has
  void new LocalCodeExecutor({ isolation: 'docker' })
}

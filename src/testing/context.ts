import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { CodeExecutorError, isCommandRunner, type CodeExecutor, type CommandRunner, type ErrorCode } from '../core/index.ts'
import { hostProbe, type Probe } from './probe.ts'
import type { ContractOptions, ExecutorSubject } from './subject.ts'

/** Proves one requirement: settles when it holds, rejects when it does not. */
export type Body = (t: ContractContext) => Promise<void>

/** Long enough for a loaded machine, short enough that a hanging executor does not hold up the suite. */
const RUN_LIMIT_MS = 30_000
const PATIENCE_MS = 10_000

/** What a body works with: executors that are stopped for it, a look into the place, and clocks that fit the subject. */
export class ContractContext {
  readonly subject: ExecutorSubject
  readonly probe: Probe
  readonly #onErrorCode: (code: ErrorCode) => void
  readonly #executors: CodeExecutor[] = []

  constructor(subject: ExecutorSubject, onErrorCode: (code: ErrorCode) => void) {
    this.subject = subject
    this.probe = subject.probe ?? hostProbe
    this.#onErrorCode = onErrorCode
  }

  /** A new executor, which is stopped when the body is over. */
  create(options: ContractOptions = {}): CodeExecutor {
    const executor = this.subject.create({ timeoutMs: this.ms(RUN_LIMIT_MS), ...options })
    this.#executors.push(executor)
    return executor
  }

  /** The same for one that runs commands. */
  createRunner(options: ContractOptions = {}): CodeExecutor & CommandRunner {
    const executor = this.create(options)
    assert.ok(isCommandRunner(executor), 'the executor runs no commands')
    return executor
  }

  /** Stops what `create` made. */
  async stopAll(): Promise<void> {
    await this.within(Promise.all(this.#executors.map((executor) => executor.stop())), 'stopping the executors')
  }

  /** A time that suits the subject. */
  ms(milliseconds: number): number {
    return milliseconds * (this.subject.timeScale ?? 1)
  }

  /** Digits that no other process of the machine has in its arguments; of one length, so that none is a part of another. */
  marker(): string {
    return `${Date.now()}${randomInt(1e9, 1e10)}`
  }

  /** A program that prints `hello`, in a language of the subject. */
  get hello(): { readonly source: string; readonly language: string; readonly extension: string } {
    if (this.subject.languages.includes('sh')) return { source: 'echo hello\n', language: 'sh', extension: '.sh' }
    return { source: 'print("hello")\n', language: 'python', extension: '.py' }
  }

  /** Runs {@link hello} and holds that it worked: the executor is in order. */
  async assertUsable(executor: CodeExecutor): Promise<void> {
    const { source, language } = this.hello
    const result = await this.within(executor.executeCode(source, language), 'a short program')
    assert.equal(result.output, 'hello\n')
    assert.equal(result.success, true)
  }

  /** Holds that a call is refused with a coded error, and returns it. */
  async rejects<Code extends ErrorCode>(
    call: Promise<unknown> | (() => unknown),
    code: Code,
    about = '',
  ): Promise<CodeExecutorError<Code>> {
    let value: unknown
    try {
      value = await this.within(Promise.resolve(typeof call === 'function' ? call() : call), `a call to be refused with ${code}`)
    } catch (error) {
      if (!CodeExecutorError.is(error, code)) assert.fail(`${about} must be refused with ${code}, but: ${describe(error)}`.trim())
      this.#onErrorCode(code)
      return error
    }
    assert.fail(`${about} must be refused with ${code}, but gave ${JSON.stringify(value)?.slice(0, 200)}`.trim())
  }

  /** Holds that a call rejects with this very value. */
  async rejectsWith(call: Promise<unknown>, reason: unknown): Promise<void> {
    const outcome = await this.within(
      call.then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
      'a call to be rejected',
    )
    assert.ok('error' in outcome, 'the call must be rejected, but it resolved')
    assert.equal(outcome.error, reason, 'the rejection is not the very reason')
  }

  /** Waits for a condition of the world. */
  async until(condition: () => Promise<boolean> | boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + this.ms(patienceMs)
    while (!(await condition())) {
      if (performance.now() > deadline) assert.fail(`waited ${this.ms(patienceMs)} ms for ${what}`)
      await delay(20)
    }
  }

  /** The value of a promise that must not take forever. */
  async within<T>(promise: Promise<T>, what: string, patienceMs = PATIENCE_MS * 2): Promise<T> {
    const timer = new AbortController()
    const late = delay(this.ms(patienceMs), undefined, { signal: timer.signal }).then(() =>
      assert.fail(`waited ${this.ms(patienceMs)} ms for ${what}`),
    )
    late.catch(() => {})
    try {
      return await Promise.race([promise, late])
    } finally {
      timer.abort()
    }
  }

  /** Waits until a marked process runs: without having seen it alive, its absence later would prove nothing. */
  async seen(marker: string, run?: Promise<unknown>): Promise<void> {
    let over = false
    const onEnd = (): void => void (over = true)
    run?.then(onEnd, onEnd)
    await this.until(async () => {
      if (await this.probe.isAlive(marker)) return true
      assert.ok(!over, 'the run was over before its process was seen alive')
      return false
    }, 'a marked process to be alive')
  }

  /** Holds that a marked process is dead at this moment, and stays so. */
  async gone(marker: string): Promise<void> {
    assert.equal(await this.probe.isAlive(marker), false, 'a process is still alive')
    await delay(50)
    assert.equal(await this.probe.isAlive(marker), false, 'a process came back')
  }
}

function describe(error: unknown): string {
  if (CodeExecutorError.is(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

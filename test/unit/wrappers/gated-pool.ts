import { CodeExecutorError } from '../../../src/core/index.ts'
import { createExecutorPool, type ExecutorPool, type ExecutorPoolOptions } from '../../../src/wrappers/index.ts'
import { FakeExecutor, untilAborted, type FakeProgram } from '../../support/fake-executor.ts'

/** A pool of fakes whose programs end when the test opens their gate, which has the name of their source. */
export function gated(options: Partial<ExecutorPoolOptions> = {}) {
  const made: FakeExecutor[] = []
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const gate = (name: string): PromiseWithResolvers<void> => {
    if (!gates.has(name)) gates.set(name, Promise.withResolvers())
    return gates.get(name) as PromiseWithResolvers<void>
  }
  const began: string[] = []
  const program: FakeProgram = async ({ text, signal }, tell) => {
    began.push(text)
    tell({ type: 'output-delta', text })
    await Promise.race([gate(text).promise, untilAborted(signal)])
    return { output: text }
  }
  const create = (): FakeExecutor => {
    const executor = new FakeExecutor(program, { name: `fake ${made.length}` })
    made.push(executor)
    return executor
  }
  const pool = createExecutorPool({ size: 1, create, ...options })
  return { pool, made, gate, began }
}

/** A call whose source is the name of its gate. */
export const run = (pool: ExecutorPool, source: string, signal?: AbortSignal) =>
  pool.executeCode(source, 'python', signal ? { signal } : {})
/** An error that says that an executor broke. */
export const lost = () => new CodeExecutorError('BACKEND_LOST', 'gone', { executor: 'fake' })

/** A pool of one fake, whose program `a` runs until it is aborted and then takes its time to die. */
export function slowToDie() {
  const dying = Promise.withResolvers<void>()
  const began: string[] = []
  const program: FakeProgram = async ({ text, signal }, tell) => {
    began.push(text)
    tell({ type: 'output-delta', text })
    if (text !== 'a') return {}
    await untilAborted(signal).catch(() => {})
    await dying.promise
    throw signal.reason
  }
  return { pool: createExecutorPool({ size: 1, create: () => new FakeExecutor(program) }), dying, began }
}

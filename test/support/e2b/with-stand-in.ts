import { onTestFinished, test } from 'vitest'
import { E2BCodeExecutor, type E2BCodeExecutorOptions } from '../../../src/executors/e2b/index.ts'
import { whyNoStandIn } from './availability.ts'
import { E2BStandIn } from './stand-in.ts'

/** A stand-in of its own, and how executors over it are made. Both are ended after the test. */
export interface Workbench {
  readonly standIn: E2BStandIn
  readonly make: (options?: E2BCodeExecutorOptions) => E2BCodeExecutor
}

const missing = whyNoStandIn()

/** A test that needs sandboxes; skipped by name where the stand-in cannot make any. */
export function sandboxTest(title: string, body: (bench: Workbench) => Promise<void>): void {
  test(title, async (context) => {
    if (missing !== undefined) return context.skip(missing)
    const standIn = await E2BStandIn.start()
    const executors: E2BCodeExecutor[] = []
    onTestFinished(async () => {
      await Promise.allSettled(executors.map((executor) => executor.stop()))
      await standIn.stop()
    })
    await body({
      standIn,
      make(options = {}) {
        const executor = new E2BCodeExecutor({ ...standIn.connection, ...options })
        executors.push(executor)
        return executor
      },
    })
  })
}

import type { CodeExecutor } from '../../src/core/index.ts'

/** Works with started executors and stops them, whatever happens. */
export async function withStarted<T>(executors: readonly CodeExecutor[], work: () => Promise<T>): Promise<T> {
  try {
    for (const executor of executors) await executor.start()
    return await work()
  } finally {
    for (const executor of executors) await executor.stop()
  }
}

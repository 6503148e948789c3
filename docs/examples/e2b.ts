import { E2BCodeExecutor } from 'polyrun/e2b'

export async function firstRun(): Promise<string> {
  // #region e2b
  await using executor = new E2BCodeExecutor({ template: 'base', timeoutMs: 30_000 }) // the key is in E2B_API_KEY
  const result = await executor.executeCode('import platform\nprint(platform.system())', 'python')
  console.log(result.output) // Linux
  // #endregion
  return result.output
}

export async function throughGate(): Promise<number> {
  // #region gate
  let last: Promise<unknown> = Promise.resolve()
  const oneAfterTheOther = async (create: () => Promise<void>): Promise<void> => {
    const mine = last.then(create)
    last = mine.catch(() => {})
    await mine
  }
  const executors = [1, 2, 3].map(() => new E2BCodeExecutor({ createGate: oneAfterTheOther }))
  await Promise.all(executors.map((executor) => executor.start()))
  // #endregion
  await Promise.all(executors.map((executor) => executor.stop()))
  return executors.length
}

export async function sayWhatWasLost(executor: E2BCodeExecutor): Promise<string> {
  // #region lost
  const result = await executor.executeCode('ls', 'sh')
  if (result.stateLost === true) return 'the sandbox was replaced, and files of earlier runs are gone'
  // #endregion
  return result.output
}

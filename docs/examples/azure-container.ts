import { createExecutorPool } from 'polyrun'
import { AzureContainerCodeExecutor, sweepContainerGroups, type AzureContainerCodeExecutorOptions } from 'polyrun/azure-container'

export async function hello(place: AzureContainerCodeExecutorOptions): Promise<string> {
  // #region hello
  await using executor = new AzureContainerCodeExecutor({
    ...place, // subscriptionId, resourceGroup, location
    image: 'python:3-slim',
    limits: { memory: '1g', cpus: 1 },
  })
  const result = await executor.executeCode('print(6 * 7)', 'python')
  console.log(result.output) // 42
  // #endregion
  return result.output
}

export async function session(place: AzureContainerCodeExecutorOptions): Promise<string> {
  // #region session
  await using executor = new AzureContainerCodeExecutor({ ...place, image: 'python:3-slim', isolation: 'session' })
  await executor.executeCode('echo kept > note.txt', 'sh') // starts the group
  const { output } = await executor.executeCode('cat note.txt', 'sh') // a tenth of a second, not half a minute
  // #endregion
  return output
}

export async function pool(place: AzureContainerCodeExecutorOptions): Promise<string> {
  // #region pool
  await using warm = createExecutorPool({
    size: 2,
    create: () => new AzureContainerCodeExecutor({ ...place, image: 'python:3-slim', isolation: 'session', concurrency: 1 }),
    recycle: 'container', // one use each: the next one gets a fresh group, which starts while nobody waits
  })
  await warm.start()
  const { output } = await warm.executeCode('print(6 * 7)', 'python')
  // #endregion
  return output
}

export async function sweep(place: Pick<AzureContainerCodeExecutorOptions, 'subscriptionId' | 'resourceGroup'>): Promise<number> {
  // #region sweep
  const groups = await sweepContainerGroups({ ...place })
  console.log(groups.map(({ name, outcome }) => `${name}: ${outcome}`))
  // #endregion
  return groups.length
}

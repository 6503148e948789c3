import { expect, test } from 'vitest'
import { createExecutorPool } from '../../src/index.ts'
import { azureForFile, makeAzure, noAzure, seeNoGroups } from '../support/azure-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'

skipBecause(noAzure)
const azure = await azureForFile()

test('a filled pool answers at once, and each use has a group of its own', async () => {
  {
    await using pool = createExecutorPool({
      size: 2,
      create: () => makeAzure(azure, { isolation: 'session', concurrency: 1 }),
      recycle: 'container',
    })
    await pool.start()
    expect(azure.groups()).toHaveLength(2)
    const seen = await Promise.all(
      Array.from({ length: 4 }, () =>
        pool.executeCode('ls made 2>/dev/null; touch made; cat /proc/sys/kernel/random/boot_id >/dev/null; hostname', 'sh'),
      ),
    )
    expect(new Set(seen.map(({ output }) => output)).size, 'four uses in four groups').toBe(4)
    expect(seen.every(({ output }) => !output.includes('made'))).toBe(true)
    expect(pool.stats.lastError).toBeUndefined()
  }
  await seeNoGroups(azure)
})

test('restart and recycle take another group; other ways are refused', async () => {
  const executor = makeAzure(azure, { isolation: 'session' })
  await executor.executeCode('touch made', 'sh')
  const [before] = azure.groups()
  await executor.recycle('container')
  const [after] = azure.groups()
  expect(azure.groups()).toHaveLength(1)
  expect(after?.name).not.toBe(before?.name)
  expect((await executor.executeCode('ls made', 'sh')).success).toBe(false)
  await expectCode(executor.recycle('workspace'), 'INVALID_ARGUMENT')
})

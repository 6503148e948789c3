import { describe, expect, test } from 'vitest'
import type { CodeExecutor } from '../../../src/core/index.ts'
import { executorContract, FaultyExecutor, hostProbe, languageContract, type ExecutorSubject } from '../../../src/testing/index.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** An executor that meets `capabilities:declared` and little else. */
const subject: ExecutorSubject = {
  name: 'empty',
  family: 'command',
  create: () => new FaultyExecutor(),
  languages: ['sh'],
  capabilities: [],
  timeScale: 0.01,
}

const caseOf = (id: string, changes: Partial<ExecutorSubject> = {}) => {
  const found = executorContract({ ...subject, ...changes }).find((each) => each.id === id)
  if (!found) throw new Error(`no case ${id}`)
  return found
}

describe('executorContract', () => {
  test('runs a body, and passes or fails with it', async () => {
    await caseOf('capabilities:declared').run()
    await expect(caseOf('capabilities:declared', { capabilities: ['stdin'] }).run()).rejects.toThrow()
  })

  test('an exception passes while the requirement is not met, and fails with its reason when it is', async () => {
    const exceptions = { 'capabilities:declared': 'nobody counted them', 'results:streams': 'it runs nothing' }
    expect(caseOf('results:streams', { exceptions }).expectedFailure).toBe('it runs nothing')
    await caseOf('results:streams', { exceptions }).run()
    await expect(caseOf('capabilities:declared', { exceptions }).run()).rejects.toThrow('Remove the exception: nobody counted them')
  })

  test.each(['no:such', 'limits:memory'])('an exception of what is not tested is refused: %s', (id) => {
    expect(() => executorContract({ ...subject, exceptions: { [id]: 'because' } })).toThrow(id)
  })

  test('a requirement that needs a capability is promised with the capability alone', () => {
    const ids = (capabilities: ExecutorSubject['capabilities']) => executorContract({ ...subject, capabilities }).map(({ id }) => id)
    expect(ids([])).not.toContain('stdin:text')
    expect(ids(['stdin'])).toContain('stdin:text')
    expect(ids(['memory-swap-limit'])).not.toContain('limits:memory-swap')
  })

  test('a requirement whose language is missing is unavailable, and fails when it is run all the same', async () => {
    const each = caseOf('limits:timeout:setsid')
    expect(each.unavailable).toBe('empty has no python')
    await expect(each.run()).rejects.toThrow('empty has no python')
    expect(caseOf('limits:timeout:setsid', { languages: ['sh', 'python'] }).unavailable).toBeUndefined()
  })

  test('stops every executor of a case, also when the body fails', async () => {
    const made: FaultyExecutor[] = []
    const create = (): CodeExecutor => {
      const executor = new FaultyExecutor()
      made.push(executor)
      return executor
    }
    await expect(caseOf('results:streams', { create }).run()).rejects.toThrow()
    expect(made.map(({ calls }) => calls.at(-1))).toEqual(['stop'])
  })

  test('fails when an executor cannot be stopped', async () => {
    const create = (): CodeExecutor => new FaultyExecutor({ stop: [{ kind: 'reject', error: new Error('busy') }] })
    await expect(caseOf('capabilities:declared', { create }).run()).rejects.toThrow('busy')
  })

  test('does not wait forever for one that hangs', async () => {
    const create = (): CodeExecutor => new FaultyExecutor({ runs: [{ kind: 'hang' }] })
    await expect(caseOf('results:streams', { create }).run()).rejects.toThrow('waited')
  })

  test('tells the error codes that were seen', async () => {
    const codes: string[] = []
    const each = caseOf('capabilities:refused', { create: () => new FaultyExecutor() })
    await expect(each.run({ onErrorCode: (code) => codes.push(code) })).rejects.toThrow('CAPABILITY_UNSUPPORTED')
    expect(codes).toEqual([])
  })
})

describe('languageContract', () => {
  test('has a case for each little program', () => {
    const ids = languageContract(subject, 'sh').map(({ id }) => id)
    expect(ids).toEqual(['hello', 'echo', 'args', 'exit3', 'twoFiles', 'broken', 'unicode'].map((kind) => `language:sh:${kind}`))
  })

  test('takes an alias, and refuses what is no language', () => {
    expect(languageContract(subject, 'Python3')[0]?.id).toBe('language:python:hello')
    expect(() => languageContract(subject, 'klingon')).toThrow('klingon')
  })

  test.each(['hello', 'echo', 'args', 'exit3', 'twoFiles', 'broken', 'unicode'])('%s fails where nothing runs', async (kind) => {
    const found = languageContract(subject, 'sh').find(({ id }) => id === `language:sh:${kind}`)
    await expect(found?.run()).rejects.toThrow()
  })
})

test('the probe of this machine sees a process by its arguments until it is over', async () => {
  const marker = `${Date.now()}${process.pid}`
  expect(await hostProbe.isAlive(marker)).toBe(false)
  const child = spawn('sleep', [`60.${marker}`], { stdio: 'ignore' })
  await once(child, 'spawn')
  await expect.poll(() => hostProbe.isAlive(marker)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await hostProbe.isAlive(marker)).toBe(false)
  expect(await hostProbe.fileExists(process.cwd())).toBe(true)
  expect(await hostProbe.fileExists(`/no-such-${marker}`)).toBe(false)
})

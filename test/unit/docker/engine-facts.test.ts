import { expect, test } from 'vitest'
import type { DockerClient } from '../../../src/executors/docker/client.ts'
import { readEngineFacts } from '../../../src/executors/docker/engine-facts.ts'
import { holdsOf } from '../../../src/executors/docker/holds.ts'
import { isLeakyRunc } from '../../../src/executors/docker/runc-fixes.ts'

test.each(['1.1.5+ds1', '1.2.7', 'v1.3.2', '1.3.0-rc.1', '1.4.0-rc.1', '1.4.0-rc.2', '0.1.1', '1.0.0-rc93'])(
  'runc %s is too old',
  (version) => {
    expect(isLeakyRunc(version)).toBe(true)
  },
)

test.each(['1.2.8', '1.2.10', '1.3.3', '1.3.3-0ubuntu1', '1.4.0-rc.3', '1.4.0', '1.10.0', '2.0.0', 'unknown'])(
  'runc %s is not',
  (version) => {
    expect(isLeakyRunc(version)).toBe(false)
  },
)

/** Answers of an engine, recorded and cut short. */
function engine(Components: { Name: string; Version: string }[], info: unknown): DockerClient {
  const answers = { version: async () => ({ Version: '1.0', ApiVersion: '1.41', Components }), info: async () => info }
  return answers as unknown as DockerClient
}

test('Docker tells its runc, and which limits it can hold', async () => {
  const facts = await readEngineFacts(
    engine([{ Name: 'runc', Version: '1.1.5+ds1' }], {
      ...{ MemoryLimit: true, SwapLimit: false, CpuCfsQuota: true, PidsLimit: true, CgroupVersion: '2', DefaultRuntime: 'runc' },
      ...{ Runtimes: { runsc: {}, runc: {} }, SecurityOptions: ['name=seccomp,profile=default', 'name=userns'] },
    }),
  )
  expect(facts).toMatchObject({ product: 'Docker', runc: '1.1.5+ds1', runtimes: ['runc', 'runsc'], rootless: false, mapsUsers: true })
  expect(holdsOf(facts)).toMatchObject({
    'memory-limit': { strength: 'kernel', through: 'memory controller of cgroup version 2' },
    'memory-swap-limit': { strength: 'not here' },
    'file-isolation': { through: expect.stringContaining('nobody outside') as string },
  })
})

test('Podman has other names for the same', async () => {
  const parts = [
    { Name: 'Podman Engine', Version: '4.3.1' },
    { Name: 'OCI Runtime (runc)', Version: 'runc version 1.1.4\ncommit: v1.1.4-0-g5fd4c4d1' },
  ]
  expect(await readEngineFacts(engine(parts, { Rootless: true }))).toMatchObject({ product: 'Podman', runc: '1.1.4', rootless: true })
  const crun = [{ Name: 'OCI Runtime (crun)', Version: 'crun version 1.8.1' }]
  expect(await readEngineFacts(engine(crun, null))).not.toHaveProperty('runc')
})

import { describe, expect, test } from 'vitest'
import { containerConfig } from '../../../src/executors/docker/container-config.ts'
import { isGvisor, mostProcesses } from '../../../src/executors/docker/gvisor.ts'
import type { DockerCodeExecutorOptions } from '../../../src/executors/docker/index.ts'
import { readSettings } from '../../../src/executors/docker/settings.ts'

/** What a container with these options would have of processes. */
function processesOf(options: DockerCodeExecutorOptions): { readonly cgroup: number; readonly user: number | undefined } {
  const settings = readSettings(options, {})
  const plan = { settings, image: 'x', name: undefined, labels: {}, sharesWith: undefined, workVolume: undefined }
  const { PidsLimit, Ulimits } = containerConfig(plan).HostConfig
  return { cgroup: PidsLimit, user: Ulimits.find(({ Name }) => Name === 'nproc')?.Hard }
}

test.each([
  [undefined, false],
  ['runc', false],
  ['io.containerd.kata.v2', false],
  ['runsc', true],
  ['runsc-kvm', true],
  ['io.containerd.runsc.v1', true],
  ['gVisor', true],
])('the runtime %j is gVisor: %j', (runtime, expected) => expect(isGvisor(runtime)).toBe(expected))

describe('the limit on processes', () => {
  const limits = { pids: 40 }

  test('is the control group’s elsewhere, with room for what is ours', () => {
    expect(processesOf({ limits })).toEqual({ cgroup: 47, user: 16_384 })
  })

  test('is the user’s under gVisor, with room in which processes too many can be seen', () => {
    const { cgroup, user = 0 } = processesOf({ limits, runtime: 'runsc' })
    expect(cgroup).toBe(0)
    // Init and the two of the holder are another user's, runner and killer are the programs'.
    expect(user + 3).toBeGreaterThan(mostProcesses(limits, 2, 0) + limits.pids / 2)
    expect(user).toBeLessThanOrEqual(limits.pids * 2 + 3)
  })
})

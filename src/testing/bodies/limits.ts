import assert from 'node:assert/strict'
import {
  ResourceExhaustedError,
  type Capability,
  type CodeExecutor,
  type CodeSource,
  type LanguageName,
  type ResourceLimits,
} from '../../core/index.ts'
import type { ContractContext } from '../context.ts'
import type { Bodies } from './index.ts'
import { stubborn } from './programs.ts'

const MEBIBYTE = 1024 ** 2

/** A limit of each kind that a well-behaved program would not notice, and what holds it. */
const LIMITS: readonly Readonly<[Capability, ResourceLimits]>[] = [
  ['memory-limit', { memory: '512m' }],
  ['memory-swap-limit', { memory: '512m', memorySwap: '1g' }],
  ['cpu-limit', { cpus: 1 }],
  ['pids-limit', { pids: 200 }],
  ['disk-limit', { disk: '64m' }],
  ['open-files-limit', { openFiles: 256 }],
]

/** Takes memory step by step; the pages are touched, so they count. */
const takes = (mebibytes: number): string => `
import sys
taken = []
print("growing", flush=True)
for step in range(${mebibytes}):
    taken.append(b"x" * ${MEBIBYTE})
print("fits", flush=True)
`

/** Forks without end; each process holds on to its place for a while. */
const FORK_BOMB = (marker: string): string => `echo lit\n${stubborn(marker)} &\nbomb() { bomb | bomb & sleep 3; }\nbomb\n`

/** Holds that a run rejects with ResourceExhaustedError and evidence. */
async function exhausts(
  t: ContractContext,
  executor: CodeExecutor,
  [source, language]: readonly [CodeSource, LanguageName],
  expected: { readonly limit: 'memory' | 'pids' | 'disk'; readonly kind: string; readonly value: number },
): Promise<ResourceExhaustedError> {
  const error = await t.rejects(executor.executeCode(source, language), 'RESOURCE_EXHAUSTED', 'a program that takes too much')
  assert.ok(error instanceof ResourceExhaustedError)
  assert.deepEqual(error.details, { limit: expected.limit, value: expected.value })
  const { termination, exitCode, success } = error.result
  assert.deepEqual(termination, { kind: expected.kind, [expected.limit === 'pids' ? 'limit' : 'limitBytes']: expected.value })
  assert.equal(exitCode, null)
  assert.equal(success, false)
  return error
}

const MEMORY = { limit: 'memory', kind: 'out-of-memory', value: 96 * MEBIBYTE } as const
const PIDS = { limit: 'pids', kind: 'too-many-processes', value: 40 } as const
const DISK = { limit: 'disk', kind: 'out-of-disk', value: 8 * MEBIBYTE } as const

export const limitBodies = {
  'capabilities:declared': async (t) => {
    assert.deepEqual([...t.create().capabilities].toSorted(), [...t.subject.capabilities].toSorted())
  },

  'capabilities:refused': async (t) => {
    const declared = new Set(t.subject.capabilities)
    for (const [capability, limits] of LIMITS) {
      if (declared.has(capability)) {
        t.create({ limits })
        continue
      }
      const error = await t.rejects(() => t.create({ limits }), 'CAPABILITY_UNSUPPORTED', `limits ${JSON.stringify(limits)}`)
      if (declared.has('memory-limit') || capability !== 'memory-swap-limit') assert.equal(error.details.capability, capability)
      assert.notEqual(error.details.missing, '')
    }
  },

  'limits:memory': async (t) => {
    const error = await exhausts(t, t.create({ limits: { memory: '96m' } }), [takes(600), 'python'], MEMORY)
    assert.equal(error.result.output, 'growing\n')
  },

  'limits:memory:tree': async (t) => {
    // Four processes of forty mebibytes each; none of them is too large by itself.
    const source = `${takes(40)}\nimport time\ntime.sleep(10)`
    const parent =
      'import subprocess, sys\nchildren = [subprocess.Popen([sys.executable, "child.py"]) for _ in range(4)]\nsys.exit(any([child.wait() for child in children]))'
    const files = { 'main.py': parent, 'child.py': source }
    await exhausts(t, t.create({ limits: { memory: '96m' } }), [files, 'python'], MEMORY)
  },

  'limits:memory:fits': async (t) => {
    const executor = t.create({ limits: { memory: '256m' } })
    assert.equal((await executor.executeCode(takes(60), 'python')).output, 'growing\nfits\n')
    assert.deepEqual((await executor.executeCode('exit 137', 'sh')).termination, { kind: 'exited', exitCode: 137 })
  },

  'limits:memory:recovery': async (t) => {
    const executor = t.create({ limits: { memory: '96m' } })
    await exhausts(t, executor, [takes(600), 'python'], MEMORY)
    await t.assertUsable(executor)
    assert.deepEqual(
      (await executor.executeCode('kill -9 $$', 'sh')).termination,
      { kind: 'signaled', signal: 'SIGKILL' },
      'an earlier evidence was used again',
    )
  },

  'limits:memory-swap': async (t) => {
    await exhausts(t, t.create({ limits: { memory: '96m', memorySwap: '96m' } }), [takes(600), 'python'], MEMORY)
  },

  'limits:cpus': async (t) => {
    // Four at once, so that a missing limit shows on a busy machine too.
    const source = `
import os, time
until = time.monotonic() + 2
for worker in range(4):
    if os.fork() == 0:
        while time.monotonic() < until:
            pass
        os._exit(0)
for worker in range(4):
    os.wait()
print((os.times().children_user + os.times().children_system) / 2)
`
    const share = Number((await t.create({ limits: { cpus: 0.1 } }).executeCode(source, 'python')).output)
    // gVisor counts some of the time in which a program is held back; its time scale is larger for other reasons, too.
    assert.ok(share > 0.02 && share < t.ms(0.25), `a tenth of a processor became ${share}`)
  },

  'limits:pids': async (t) => {
    const marker = t.marker()
    const error = await exhausts(t, t.create({ limits: { pids: 40 } }), [FORK_BOMB(marker), 'sh'], PIDS)
    await t.gone(marker)
    assert.match(error.result.output, /^lit\n/)
  },

  'limits:pids:fits': async (t) => {
    const source = 'for i in 1 2 3 4 5 6 7 8; do sleep 0.3 & done; wait; echo fits'
    assert.equal((await t.create({ limits: { pids: 40 } }).executeCode(source, 'sh')).output, 'fits\n')
  },

  'limits:pids:recovery': async (t) => {
    const executor = t.create({ limits: { pids: 40 } })
    await exhausts(t, executor, [FORK_BOMB(t.marker()), 'sh'], PIDS)
    await t.assertUsable(executor)
  },

  'limits:disk': async (t) => {
    const executor = t.create({ limits: { disk: '8m' } })
    await exhausts(t, executor, ['head -c 50000000 /dev/zero > large', 'sh'], DISK)
  },

  'limits:disk:many-files': async (t) => {
    const source = 'i=0; while [ $i -lt 60 ]; do head -c 1000000 /dev/zero > "part.$i" || exit 1; i=$((i+1)); sleep 0.02; done'
    await exhausts(t, t.create({ limits: { disk: '8m' } }), [source, 'sh'], DISK)
  },

  'limits:disk:fits': async (t) => {
    const executor = t.create({ limits: { disk: '8m' } })
    const result = await executor.executeCode('head -c 2000000 /dev/zero > small && wc -c < small', 'sh')
    assert.equal(result.output.trim(), '2000000')
    assert.equal(result.success, true)
  },

  'limits:open-files': async (t) => {
    const source = `
import errno, os
opened = []
try:
    while len(opened) < 5000:
        opened.append(os.open(os.devnull, os.O_RDONLY))
except OSError as error:
    print(error.errno == errno.EMFILE, len(opened))
`
    const { output } = await t.create({ limits: { openFiles: 64 } }).executeCode(source, 'python')
    const [, count] = /^True (\d+)\n$/.exec(output) ?? assert.fail(`no limit was met: ${output}`)
    assert.ok(Number(count) <= 64, `${count} files were opened`)
  },
} as const satisfies Bodies

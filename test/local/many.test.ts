import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { heldBytes } from '../support/memory.ts'
import { WAYS, skipBecause } from '../support/local.ts'
import { leftovers, newMarker, openDescriptors, PATIENCE, processesWith, scratchDirectory } from '../support/world.ts'

describe.each(WAYS)('%s', (_, make, missing) => {
  skipBecause(missing)
  test('two hundred calls at once are all right, at most as many as allowed at a time', { timeout: 120_000 }, async () => {
    const workDir = scratchDirectory()
    const executor = make({ concurrency: 5, workDir, timeoutMs: 60_000 })
    // Each program counts itself while it runs; nobody but the file system sees all of them.
    const source = 'mkdir "in.$1"; ls -d in.* | wc -l; sleep 0.02; echo "$1"; rmdir "in.$1"'
    const results = await Promise.all(
      Array.from({ length: 200 }, (_unused, index) => executor.executeCode(source, 'sh', { args: [String(index)] })),
    )
    const most = results.map(({ output }, index) => {
      const [count, echoed] = output.trim().split('\n')
      expect(echoed?.trim()).toBe(String(index))
      return Number(count)
    })
    expect(Math.max(...most)).toBeLessThanOrEqual(5)
    expect(Math.max(...most), 'several did run at once').toBeGreaterThan(1)
    expect(readdirSync(workDir)).toEqual([])
  })

  test('many runs leave no descriptor, process, directory, listener or memory behind', async () => {
    const marker = newMarker()
    const before = leftovers()
    const executor = make()
    const some = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        await executor.executeCode(`echo out; echo err >&2; [ -n "$1" ]`, 'sh', { args: [marker], stdin: 'x' })
        const controller = new AbortController()
        const aborted = executor.executeCode('sleep 60', 'sh', { args: [marker], signal: controller.signal })
        setTimeout(() => controller.abort('enough'), 5)
        await expect(aborted).rejects.toBe('enough')
        for await (const event of executor.streamCode('echo x; sleep 60', 'sh', { args: [marker] }))
          if (event.type === 'output-delta') break
      }
    }
    await some(3)
    const held = { descriptors: openDescriptors(), bytes: heldBytes() }
    await some(12)
    expect(openDescriptors()).toBeLessThanOrEqual(held.descriptors + 6)
    expect(heldBytes() - held.bytes).toBeLessThan(5 * 1024 ** 2)
    expect(processesWith(marker)).toEqual([])
    await executor.stop()
    expect(leftovers()).toEqual(before)
    await expect.poll(() => openDescriptors(), PATIENCE).toBeLessThanOrEqual(held.descriptors)
  })

  test('after stop nothing is left, whatever was asked for before', async () => {
    const before = { ...leftovers(), descriptors: openDescriptors() }
    // Start, run, restart, and wait for what was asked for so far; nothing else is waited for.
    for (const order of ['S', 'SR', 'R', 'SRW', 'E', 'EE', 'SER', 'ER', 'RE', 'SRE', 'ERE', 'EWRE', 'ERW', 'EREW', 'SWREE']) {
      const executor = make()
      const outcomes: Promise<unknown>[] = []
      for (const step of order) {
        if (step === 'W') await Promise.allSettled(outcomes)
        else {
          const asked = step === 'S' ? executor.start() : step === 'R' ? executor.restart() : executor.executeCode('sleep 0.1', 'sh')
          outcomes.push(asked.catch(() => {}))
        }
      }
      await Promise.all([executor.stop(), ...outcomes])
      const { descriptors: _descriptors, ...rest } = before
      expect(leftovers(), order).toEqual(rest)
    }
    await expect.poll(() => openDescriptors(), PATIENCE).toBeLessThanOrEqual(before.descriptors + 4)
  })

  test('a run and restart at once: it runs in the new place or is told why not', async () => {
    for (let round = 0; round < 3; round += 1) {
      const executor = make()
      const run = executor.executeCode('echo ran', 'sh').catch((error: unknown) => error)
      await executor.restart()
      const outcome = (await run) as { output?: string; code?: string }
      expect(outcome.code ?? 'EXECUTOR_STOPPED').toBe('EXECUTOR_STOPPED')
      expect(outcome.output ?? 'ran\n').toBe('ran\n')
      await executor.stop()
    }
  })
})

import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LocalCodeExecutor, portableHost, type LocalHost } from '../../../src/executors/local/index.ts'
import { newMarker, processesWith, scratchDirectory, seeAlive } from '../../support/world.ts'

/** The runner for Windows, tried here with a stand-in for `taskkill` that follows parents as that one does. */
const windows: LocalHost = { ...portableHost(), platform: 'win32' }

function standInForTaskkill(): void {
  const bin = scratchDirectory()
  const script = '#!/bin/sh\ntree() { for child in $(ps -o pid= --ppid "$1"); do tree "$child"; done; kill -9 "$1"; }\ntree "$2"\n'
  writeFileSync(join(bin, 'taskkill'), script)
  chmodSync(join(bin, 'taskkill'), 0o755)
  vi.stubEnv('PATH', bin + delimiter + process.env['PATH'])
  onTestFinished(() => void vi.unstubAllEnvs())
}

test('a program runs with its input, both outputs and its exit code', async () => {
  await using executor = new LocalCodeExecutor({ isolation: 'none' }, windows)
  const result = await executor.executeCode('cat; echo err >&2; exit 3', 'sh', { stdin: 'in\n' })
  expect(result).toMatchObject({ output: 'in\n', error: 'err\n', exitCode: 3, termination: { kind: 'exited', exitCode: 3 } })
})

test('an abort ends its tree', async () => {
  standInForTaskkill()
  await using executor = new LocalCodeExecutor({ isolation: 'none' }, windows)
  const marker = newMarker()
  const controller = new AbortController()
  const run = executor.executeCode(`sh -c 'sleep 600; :' ${marker} & wait`, 'sh', { signal: controller.signal })
  run.catch(() => {})
  await seeAlive(marker)
  controller.abort('enough')
  await expect(run).rejects.toBe('enough')
  expect(processesWith(marker)).toEqual([])
})

import { describe, expect, test } from 'vitest'
import { expectCode } from '../support/expect-code.ts'
import { containerIds, makeLabeled, noDocker } from '../support/docker-executor.ts'
import { makeLocal, skipBecause } from '../support/local.ts'
import { newMarker, PATIENCE, processesWith, seeAlive } from '../support/world.ts'
import { PLACES } from './places.ts'

/** Forks without end, each deaf to signals, prints without end, and has the marker in the arguments of every process. */
const HYDRA = `trap '' TERM INT HUP
i=0; while [ $i -lt 30 ]; do i=$((i+1)); (exec sh -c 'trap "" TERM INT HUP; while :; do echo flood flood flood; sleep 0.05; done' hydra "$MARKER") & done
while :; do echo head; sleep 0.01; done`

describe.each(PLACES)('a background command on %s', (name, make, missing) => {
  skipBecause(missing)

  test('that floods and forks and heeds no signal is gone when kill settles, however often that is asked', async () => {
    const executor = make({ limits: { outputBytes: 10_000 } })
    const marker = newMarker()
    const job = await executor.startCommand(HYDRA, { env: { MARKER: marker } })
    await expect.poll(() => processesWith(marker).length, PATIENCE).toBeGreaterThan(20)
    await expect.poll(() => job.read().lostBytes.output, PATIENCE).toBeGreaterThan(10_000)
    const results = await Promise.all([job.kill(), job.kill(), job.wait(), job.kill()])
    expect(processesWith(marker)).toEqual([])
    expect(new Set(results).size).toBe(1)
    expect(results[0]).toMatchObject({ errorKind: 'killed', success: false, termination: { kind: 'killed' } })
    expect(job.read().output.length).toBeLessThanOrEqual(10_000)
    expect((await executor.runCommand('echo next')).output).toBe('next\n')
  })

  test('that breaks a limit says which, and runs go on', async () => {
    const executor = make({ limits: { pids: 30 } })
    const job = await executor.startCommand('while :; do sleep 60 & done')
    expect(await job.wait()).toMatchObject({ errorKind: 'too_many_processes', exitCode: null, advice: expect.stringContaining('fewer') })
    expect((await executor.runCommand('echo next')).output).toBe('next\n')
  })

  test('that outlives its limit, and forks away from its parent, is gone', async () => {
    const executor = make()
    const marker = newMarker()
    const job = await executor.startCommand('(setsid sh -c "sleep 600; :" away "$MARKER" &); sleep 600', {
      timeoutMs: 2_000,
      env: { MARKER: marker },
    })
    await seeAlive(marker)
    expect(await job.wait()).toMatchObject({ errorKind: 'timeout' })
    expect(processesWith(marker)).toEqual([])
  })

  test('whose main process ends takes along what it left', async () => {
    const executor = make()
    const marker = newMarker()
    const job = await executor.startCommand('sh -c "sleep 600; :" left "$MARKER" & sleep 0.5; echo over', { env: { MARKER: marker } })
    await seeAlive(marker)
    expect(await job.wait()).toMatchObject({ output: 'over\n', success: true })
    expect(processesWith(marker)).toEqual([])
  })

  test('is killed before it has begun, and nothing of it happens', async () => {
    const executor = make()
    await executor.start()
    // The end and the beginning go different ways, and either may be first.
    for (let round = 0; round < 20; round += 1) {
      const job = await executor.startCommand('echo begun; sleep 600')
      expect(await job.kill()).toMatchObject({ errorKind: 'killed' })
      expect((await executor.runCommand('echo next')).output).toBe('next\n')
    }
  })

  test('is reached over the local network where it shares that with others', async () => {
    const executor = make()
    const serve =
      'import http.server as h; s = h.HTTPServer(("127.0.0.1", 0), h.SimpleHTTPRequestHandler); open("port", "w").write(str(s.server_port) + "\\n"); s.serve_forever()'
    const job = await executor.startCommand(['python3', '-c', serve])
    await expect.poll(async () => (await executor.runCommand('cat port')).output, PATIENCE).toMatch(/^\d+\n$/)
    const ask = 'import urllib.request as u; print(u.urlopen(f"http://127.0.0.1:{open(\'port\').read().strip()}/").status)'
    const { output } = await executor.runCommand(['python3', '-c', ask])
    // In containers each command has a network of its own: the two have to be one command.
    expect(output).toBe(name === 'local' ? '200\n' : '')
    await job.kill()
  })

  test('started while the executor stops has not been started, or is gone', async () => {
    const executor = make()
    await executor.start()
    const marker = newMarker()
    const starting = Array.from({ length: 5 }, () =>
      executor.startCommand('sh -c "sleep 600; :" late "$MARKER"', { env: { MARKER: marker } }),
    )
    const jobs = Promise.allSettled(starting)
    await executor.stop()
    for (const outcome of await jobs) {
      if (outcome.status === 'fulfilled') await expectCode(outcome.value.wait(), 'EXECUTOR_STOPPED')
      else await expectCode(Promise.reject(outcome.reason), 'EXECUTOR_STOPPED')
    }
    expect(processesWith(marker)).toEqual([])
  })
})

test('a background command that ended is forgotten when many ended after it, and who has it can still read it', async () => {
  const executor = makeLocal({ backgroundCommands: 1 })
  const first = await executor.startCommand('echo first')
  await first.wait()
  for (let count = 0; count < 17; count += 1) await (await executor.startCommand('pwd', { cwd: '..' })).wait()
  expect(executor.findCommand(first.id)).toBeUndefined()
  expect(executor.listCommands().length).toBeLessThanOrEqual(17)
  expect(first.read().output).toBe('first\n')
})

test('a hundred commands in the background of this machine end with the executor', async () => {
  const executor = makeLocal({ backgroundCommands: 100 })
  const marker = newMarker()
  const jobs = await Promise.all(
    Array.from({ length: 100 }, (_, index) => executor.startCommand(['sh', '-c', 'echo $1; sleep 600; :', marker, String(index)])),
  )
  await expect.poll(() => jobs.filter((job) => job.read().output !== '').length, PATIENCE).toBe(100)
  expect(processesWith(marker).length).toBeGreaterThanOrEqual(100)
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(100)
  expect(jobs.map((job) => job.read().output)).toEqual(jobs.map((_, index) => `${index}\n`))
  expect((await executor.runCommand('echo beside')).output).toBe('beside\n')
  await executor.stop()
  expect(processesWith(marker)).toEqual([])
})

describe('a hundred commands in the background of containers', () => {
  skipBecause(noDocker)

  test('are as many as may run, and the others are told so; their containers end with the executor', async () => {
    const { executor, label } = makeLabeled({ backgroundCommands: 3 })
    const marker = newMarker()
    const jobs = await Promise.all(Array.from({ length: 100 }, () => executor.startCommand(['sleep', `600.${marker}`])))
    await expect.poll(() => processesWith(marker).length, PATIENCE).toBe(3)
    expect(jobs.filter(({ status }) => status === 'running')).toHaveLength(3)
    expect(jobs.filter(({ result }) => result?.errorKind === 'too_many_commands')).toHaveLength(97)
    expect((await executor.runCommand('echo beside')).output).toBe('beside\n')
    expect((await containerIds(label)).length).toBeLessThanOrEqual(4)
    await executor.stop()
    expect(processesWith(marker)).toEqual([])
    expect(await containerIds(label)).toEqual([])
  })

  test('are none where there is one container for one program at a time', async () => {
    const made = makeLabeled({ containerName: `polyrun-test-${newMarker()}`, reuseContainer: true, idleTimeoutMs: 2_000 })
    const job = await made.executor.startCommand('echo x')
    expect(await job.wait()).toMatchObject({ errorKind: 'too_many_commands' })
    await expectCode(() => makeLabeled({ containerName: 'x', reuseContainer: true, backgroundCommands: 1 }), 'INVALID_ARGUMENT')
  })
})

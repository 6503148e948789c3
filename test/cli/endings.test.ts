import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hostProbe } from '../../src/testing/probe.ts'
import { makeDirectory, polyrun, shell, start } from './polyrun.ts'

const NONE = ['run', '--isolation', 'none']
/** Prints, starts a grandchild that hides in a session of its own, and never ends. $1 makes the grandchild's command line known. */
const RUNAWAY = 'setsid sleep "7654.$1" &\necho started\nwhile :; do sleep 0.1; done'

/** Numbers that no other test, and no other run, has. */
let runs = 0
function makeMarker(): { readonly argument: string; readonly text: string } {
  runs += 1
  const argument = `${process.pid}${runs}`
  return { argument, text: `7654.${argument}` }
}

test('a time limit ends it with 124, keeps what it printed, and says so', async () => {
  using directory = makeDirectory({ 'slow.sh': RUNAWAY })
  const { argument, text } = makeMarker()
  const outcome = await polyrun([...NONE, '--timeout', '500ms', 'slow.sh', '--', argument], { cwd: directory.path })
  expect(outcome.stdout).toBe('started\n')
  expect(outcome.stderr).toMatch(/^polyrun: ended after \d+\.\d s: longer than 500 ms \(--timeout\)\n$/)
  expect(outcome.exitCode).toBe(124)
  expect(await hostProbe.isAlive(text)).toBe(false)
})

test('a memory limit ends it with 137 and says so', async () => {
  using directory = makeDirectory({ 'greedy.py': 'held = [bytearray(1 << 20) for _ in range(4096)]\nimport time\ntime.sleep(60)' })
  const outcome = await polyrun([...NONE, '--memory', '48m', 'greedy.py'], { cwd: directory.path })
  expect(outcome.stderr).toMatch(/polyrun: ended after \d+\.\d s: more than 50331648 bytes of memory \(--memory\)\n$/)
  expect(outcome.exitCode).toBe(137)
})

test('a disk limit ends it with 153 and says so', async () => {
  using directory = makeDirectory({ 'writer.sh': 'i=0; while :; do head -c 400000 /dev/zero >file$i; i=$((i+1)); done' })
  const outcome = await polyrun([...NONE, '--disk', '2m', '--timeout', '30s', 'writer.sh'], { cwd: directory.path })
  expect(outcome.stderr).toMatch(/polyrun: ended after \d+\.\d s: more than 2097152 bytes on disk \(--disk\)\n$/)
  expect(outcome.exitCode).toBe(153)
})

test('a signal that ended it is 128 + n', async () => {
  using directory = makeDirectory({ 'crash.sh': 'kill -SEGV $$' })
  const outcome = await polyrun([...NONE, 'crash.sh'], { cwd: directory.path })
  expect(outcome.stderr).toMatch(/polyrun: ended after \d+\.\d s: SIGSEGV\n$/)
  expect(outcome.exitCode).toBe(139)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends the program and its grandchildren and exits with %d', async (signal, expected) => {
  using directory = makeDirectory({ 'slow.sh': RUNAWAY })
  const { argument, text } = makeMarker()
  const running = start([...NONE, 'slow.sh', '--', argument], { cwd: directory.path })
  await running.seen('started')
  await expect.poll(() => hostProbe.isAlive(text)).toBe(true)
  running.child.kill(signal)
  const { exitCode, stdout, stderr } = await running.ended
  expect(exitCode).toBe(expected)
  expect(stdout).toBe('started\n')
  expect(stderr).toBe(`polyrun: interrupted by ${signal}\n`)
  expect(await hostProbe.isAlive(text)).toBe(false)
})

test('Ctrl-C while it waits for its input ends it', async () => {
  using directory = makeDirectory({ 'cat.sh': 'cat' })
  // Before it has its handlers a signal just ends it, which would prove nothing.
  const running = start([...NONE, '--stdin', '-', 'cat.sh'], { cwd: directory.path, input: { open: true } })
  await expect.poll(() => hasHandlers(running.child.pid ?? 0), { timeout: 20_000 }).toBe(true)
  running.child.kill('SIGINT')
  expect(await running.ended).toMatchObject({ exitCode: 130, stdout: '' })
})

/** Whether the command has set its handlers, as the kernel tells. Node has one for SIGINT from the start, so SIGHUP is looked at. */
function hasHandlers(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return (BigInt(`0x${caught}`) & 1n) !== 0n
}

test('--json tells an interruption as data', async () => {
  using directory = makeDirectory({ 'slow.sh': 'touch started; sleep 60' })
  const running = start([...NONE, '--json', 'slow.sh'], { cwd: directory.path })
  await expect.poll(() => existsSync(join(directory.path, 'started')), { timeout: 20_000 }).toBe(true)
  running.child.kill('SIGTERM')
  const { exitCode, stdout } = await running.ended
  expect(JSON.parse(stdout)).toEqual({ error: { code: 'INTERRUPTED', message: 'interrupted by SIGTERM', details: { signal: 'SIGTERM' } } })
  expect(exitCode).toBe(143)
})

test('a reader that leaves ends the program without a word', async () => {
  using directory = makeDirectory({ 'yes.sh': 'setsid sleep "7654.$1" &\nwhile echo yes; do :; done' })
  const { argument, text } = makeMarker()
  const outcome = await shell(`polyrun run --isolation none yes.sh -- ${argument} | head -1; echo "\${PIPESTATUS[0]}"`, {
    cwd: directory.path,
  })
  expect(outcome).toMatchObject({ stdout: 'yes\n141\n', stderr: '', exitCode: 0 })
  expect(await hostProbe.isAlive(text)).toBe(false)
})

test('error output that nobody reads does not end the program', async () => {
  using directory = makeDirectory({ 'err.sh': 'echo a >&2; echo b >&2; sleep 0.2; echo c >&2; echo done' })
  const outcome = await shell('polyrun run --isolation none err.sh 2> >(true)', { cwd: directory.path })
  expect(outcome).toMatchObject({ stdout: 'done\n', exitCode: 0 })
})

test('a reader that is slow gets everything, and a time limit still holds', async () => {
  using directory = makeDirectory({ 'much.sh': 'head -c 3000000 /dev/zero | tr "\\0" x' })
  const slow = await shell('polyrun run --isolation none much.sh | (read -r -t 1; wc -c)', { cwd: directory.path, input: '' })
  expect(Number(slow.stdout)).toBeGreaterThan(2_000_000)
  using endless = makeDirectory({ 'endless.sh': 'while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done' })
  const blocked = await shell(
    'polyrun run --isolation none --timeout 1s --output-bytes 1m endless.sh | (sleep 3; wc -c); echo "${PIPESTATUS[0]}"',
    { cwd: endless.path },
  )
  expect(blocked.stdout).toMatch(/^\s*\d+\n124\n$/)
})

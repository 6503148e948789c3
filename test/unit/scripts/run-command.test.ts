import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runCommand } from '../../../scripts/lib/run-command.ts'

const node = (code: string, timeoutMs = 20_000) => runCommand(process.execPath, ['-e', code], { timeoutMs })

test('keeps both streams and the exit code', async () => {
  const outcome = await node('console.log("out"); console.error("err"); process.exitCode = 3')
  expect(outcome).toMatchObject({ exitCode: 3, stdout: 'out\n' })
  expect(outcome.output).toContain('err')
})

test('a command that does not exist is exit 127', async () => {
  expect(await runCommand('no-such-command-here', [], { timeoutMs: 1000 })).toMatchObject({ exitCode: 127 })
})

test('the time limit ends the command and its children, also those with a group of their own', async () => {
  const start = `const child = require('child_process').spawn('sleep', ['600'], { detached: true }); console.log(child.pid)`
  const { exitCode, stdout, output } = await node(`${start}; setInterval(() => {}, 1000)`, 1500)
  expect(exitCode).toBe(124)
  expect(output).toContain('was ended after 1.5 s')
  await expect.poll(() => isAlive(Number(stdout))).toBe(false)
})

test('a child that outlives the command ends with it', async () => {
  const { exitCode, stdout } = await node(
    `const child = require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' }); console.log(child.pid); child.unref()`,
  )
  expect(exitCode).toBe(0)
  await expect.poll(() => isAlive(Number(stdout))).toBe(false)
})

/** A dead process that its new parent has not collected yet still answers to a signal; it is in state Z. */
function isAlive(pid: number): boolean {
  expect(pid).toBeGreaterThan(1)
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

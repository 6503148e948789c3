import assert from 'node:assert/strict'
// #region commands
import { LocalCodeExecutor } from 'polyrun'

await using executor = new LocalCodeExecutor({ isolation: 'auto' })

await executor.runCommand('mkdir -p notes && echo "remember the milk" > notes/today.txt') // a text goes through a shell
const found = await executor.runCommand(['grep', '-c', 'milk', 'today.txt'], { cwd: 'notes' }) // a list goes through none
// #endregion
assert.equal(found.output, '1\n')

// #region values
const slow = await executor.runCommand('echo started; sleep 60', { timeoutMs: 500 })
console.log(slow.errorKind, JSON.stringify(slow.output)) // timeout "started\n"
console.log(slow.advice) // Let it do less, ask for a longer time limit, or start it in the background. ...

const missing = await executor.runCommand(['pyhton3', 'main.py'])
console.log(missing.errorKind, missing.advice) // not_found Check the spelling, give a path to the program, or install it.
// #endregion
assert.deepEqual([slow.errorKind, slow.output, missing.errorKind], ['timeout', 'started\n', 'not_found'])
assert.match(slow.advice ?? '', /^Let it do less/)
assert.match(missing.error, /There is no program "pyhton3"\./)

let seen = ''
// #region stream
for await (const event of executor.streamCommand('for i in 1 2 3; do echo "step $i"; sleep 0.1; done')) {
  if (event.type === 'output-delta') seen += event.text
  if (event.type === 'end') console.log(event.result.exitCode)
}
// #endregion
assert.equal(seen, 'step 1\nstep 2\nstep 3\n')

// #region background
const job = await executor.startCommand('for i in 1 2 3; do echo "epoch $i"; sleep 0.1; done; sleep 600')

let next = { output: 0, error: 0 } // each reader has a position of its own
let log = ''
while (!log.includes('epoch 3')) {
  await new Promise((resolve) => setTimeout(resolve, 50))
  const piece = job.read(next)
  log += piece.output
  next = piece.next
}
console.log(executor.listCommands().map(({ id, command, status }) => `${id} ${status}: ${command}`))
const killed = await job.kill() // every process of it is gone now
// #endregion
assert.deepEqual([killed.errorKind, killed.output, job.status], ['killed', 'epoch 1\nepoch 2\nepoch 3\n', 'ended'])

// #region allowed
await using careful = new LocalCodeExecutor({
  isolation: 'auto',
  allowedCommands: [/git (?:status|diff|log)(?: .*)?/, 'ls(?: -[la]+)*', "echo [a-z ']+"],
})
const fine = await careful.runCommand('echo "hello there"')
const refused = await careful.runCommand('ls; rm -rf .')
console.log(refused.errorKind, refused.error) // command_not_allowed The command is not allowed: it has ; outside quotes. ...
// #endregion
assert.equal(fine.output, 'hello there\n')
assert.deepEqual(refused.termination.kind === 'not-started' && refused.termination.refusal, 'shell_syntax')

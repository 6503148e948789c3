#!/usr/bin/env node
import { signalExitCode } from './exit-codes.ts'
import { Interrupted, type CliIo } from './io.ts'
import { OutputSink, ReaderGone } from './output-sink.ts'
import { runCli } from './run-cli.ts'

/** npm and npx pass on a Ctrl-C that the terminal has sent us already: two so close together are one. */
const ONE_CTRL_C_MS = 200

const controller = new AbortController()
const { stdin, stdout, stderr, env } = process
let interruptedAt: number | undefined

// The first signal ends the program and waits until it is gone; whoever cannot wait sends a second one. What still runs
// then is killed by the executor's own exit handler.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (interruptedAt !== undefined && performance.now() - interruptedAt > ONE_CTRL_C_MS) process.exit(signalExitCode(name))
    interruptedAt ??= performance.now()
    controller.abort(new Interrupted(name))
  })
}

const io: CliIo = { stdin, stdout, stderr, env, cwd: process.cwd(), signal: controller.signal }
const output = new OutputSink(stdout, controller.signal)
const error = new OutputSink(stderr, controller.signal)
let exitCode = await runCli(process.argv.slice(2), io)
try {
  await output.flush()
} catch (thrown) {
  if (thrown instanceof ReaderGone) exitCode ||= signalExitCode('SIGPIPE')
}
await error.flush().catch(() => {}) // whoever read it is gone, or a signal came: either way nobody is told
// A pipe on standard input that nobody closes would keep us waiting.
process.exit(exitCode)

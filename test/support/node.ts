import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ForkRequest } from '../../src/executors/docker/preload/fork-request.ts'
import { encodeOrder } from '../../src/executors/docker/preload/waiting-node.ts'
import { WAITING_NODE } from '../../src/executors/docker/preload/waiting-node-script.ts'
import type { WaitStatus } from '../../src/executors/docker/wait-status.ts'
import { Heard } from './python.ts'
import { scratchDirectory } from './world.ts'

/** What was said before the program, and the program's end. */
export interface WaitedRun {
  readonly prologue: string
  readonly output: string
  readonly error: string
  readonly status: WaitStatus
}

/** The file that a Node requires to wait. */
export function waitingFile(): string {
  const file = join(scratchDirectory(), 'wait.cjs')
  writeFileSync(file, WAITING_NODE)
  return file
}

/** Has a Node wait, gives it an order when it does, and hears it to its end. `before` passes between the two. */
export async function runWaiting(
  file: string,
  request: ForkRequest,
  { order = encodeOrder(request), before = async () => {} }: { readonly order?: Buffer; readonly before?: () => Promise<void> } = {},
): Promise<WaitedRun> {
  const { argv, env } = request
  const [node] = argv
  // What it was started with has nothing of the request.
  const started = { ...Object.fromEntries(Object.entries(env).filter(([name]) => name === 'PATH')), NODE_OPTIONS: `--require ${file}` }
  const child = spawn(node, ['/polyrun/preload'], { env: started, stdio: 'pipe', detached: true })
  const heard = new Heard()
  const needed = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk: Buffer) => {
    heard.onOutput(chunk)
    if (heard.output.includes('need\n')) needed.resolve()
  })
  child.stderr.on('data', heard.onError)
  child.stdin.on('error', () => {})
  const ended = new Promise<WaitStatus>((resolve) => {
    child.once('close', (exitCode, signal) => resolve(signal === null ? { exitCode: exitCode ?? -1 } : { signal }))
  })
  await Promise.race([needed.promise, ended])
  await before()
  child.stdin.write(order)
  const status = await ended
  const [, prologue = heard.output, output = ''] = /^(need\n(?:begun\n)?)([^]*)$/.exec(heard.output) ?? []
  return { prologue, output, error: heard.error, status }
}

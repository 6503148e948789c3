import { spawn } from 'node:child_process'
import type { CodeExecutor } from '../../src/core/index.ts'
import { LocalCodeExecutor } from '../../src/executors/local/index.ts'

/** How much the program prints. */
export const BIG_BYTES = 100e6
/** How much of it is kept. */
export const CAP_BYTES = 1024 ** 2

const PROGRAM = `head -c ${BIG_BYTES} /dev/zero`

/** An executor with that cap. */
export function bigExecutor(): LocalCodeExecutor {
  return new LocalCodeExecutor({ isolation: 'none', languages: ['sh'], limits: { outputBytes: CAP_BYTES } })
}

/** Runs the program through an executor; throws when not every byte was accounted for. */
export async function runBig(executor: CodeExecutor): Promise<void> {
  const { success, omittedBytes } = await executor.executeCode(PROGRAM, 'sh')
  if (!success || omittedBytes.output !== BIG_BYTES - CAP_BYTES) throw new Error(`${omittedBytes.output} bytes were left out`)
}

/** The same program with nothing around it; this process reads what it prints and drops it. */
export async function runBareBig(): Promise<void> {
  const child = spawn('/bin/sh', ['-c', PROGRAM], { stdio: ['ignore', 'pipe', 'ignore'] })
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  if (bytes !== BIG_BYTES) throw new Error(`the bare program printed ${bytes} bytes`)
}

/** The same program into another program: what a pipe does without us. */
export async function runPipeAlone(): Promise<void> {
  const child = spawn('/bin/sh', ['-c', `${PROGRAM} | cat > /dev/null`], { stdio: 'ignore' })
  await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
}

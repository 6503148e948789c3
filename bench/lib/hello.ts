import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalCodeExecutor, type LocalCodeExecutorOptions } from '../../src/executors/local/index.ts'
import { makeEnvironment } from '../../src/engine/host/environment.ts'
import { inspectHost, type LocalHost } from '../../src/executors/local/host.ts'
import { findPython, pythonRow } from './interpreter.ts'

/** The program. */
export const HELLO = "print('hello')\n"
const EXPECTED = 'hello\n'

/** Runs the program through an executor; throws when it did not say hello. */
export async function runHello(executor: LocalCodeExecutor): Promise<void> {
  const { output } = await executor.executeCode(HELLO, 'python')
  if (output !== EXPECTED) throw new Error(`the executor's hello printed ${JSON.stringify(output)}`)
}

/** An executor whose Python is the interpreter that the bare run starts too. */
export function pythonExecutor(options: LocalCodeExecutorOptions = {}, host: LocalHost = inspectHost()): LocalCodeExecutor {
  return new LocalCodeExecutor({ isolation: 'none', languages: [pythonRow(findPython())], ...options }, host)
}

/** Works with the same program started with nothing around it: one spawn, both outputs read, waited for until they are closed. */
export async function withBareHello<T>(work: (run: () => Promise<void>) => Promise<T>): Promise<T> {
  const cwd = mkdtempSync(join(tmpdir(), 'bench-hello-'))
  const interpreter = findPython()
  const env = makeEnvironment({}) // what an executor's programs get
  writeFileSync(join(cwd, 'hello.py'), HELLO)
  try {
    return await work(async () => {
      const child = spawn(interpreter, ['hello.py'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
      child.stderr.resume()
      await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
      if (output !== EXPECTED) throw new Error(`the bare hello printed ${JSON.stringify(output)}`)
    })
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

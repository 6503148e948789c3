import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { PATIENCE } from './world.ts'

const LOCAL = fileURLToPath(new URL('../../src/executors/local/index.ts', import.meta.url))

/** A Node process of its own that makes executors; how it ends is what a test is about. */
export class OwnerProcess {
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: string | null }>
  stdout = ''
  stderr = ''

  /**
   * @param body - the code of a module in which `LocalCodeExecutor`, `inspectHost` and `portableHost` are there
   * @param before - shell commands that set what the process inherits
   */
  constructor(body: string, env: NodeJS.ProcessEnv = {}, before = ':') {
    const module = `import { LocalCodeExecutor, inspectHost, portableHost } from ${JSON.stringify(LOCAL)}\n${body}`
    this.child = spawn('/bin/sh', ['-c', `${before}; exec "$0" "$@"`, process.execPath, '--input-type=module-typescript', '-e', module], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    this.ended = once(this.child, 'close').then(([exitCode, signal]) => ({
      exitCode: exitCode as number | null,
      signal: signal as string | null,
    }))
    onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Waits until the process has printed something. */
  async says(text: string): Promise<void> {
    await expect.poll(() => this.stdout + this.stderr, PATIENCE).toContain(text)
  }
}

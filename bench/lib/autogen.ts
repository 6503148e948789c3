import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { randomName } from '../../src/workspace/index.ts'
import type { BenchEngine } from './docker-engine.ts'
import type { BenchProgram } from './docker-programs.ts'
import { rawContainer, removeRaw } from './docker-raw.ts'

const DRIVER = fileURLToPath(new URL('autogen_driver.py', import.meta.url))

/** AutoGen's Docker executor, in a process of its own. Times are by that process's clock, in milliseconds. */
export interface Autogen {
  readonly startMs: number
  /** Runs the program; throws when it did not print what it should. */
  readonly run: () => Promise<number>
}

/** Works with AutoGen's executor on the engine's image, and stops it. Resolves to what the work did and how long the stop took. */
export async function withAutogen<T>(
  python: string,
  engine: BenchEngine,
  program: BenchProgram,
  work: (autogen: Autogen) => Promise<T>,
): Promise<{ readonly result: T; readonly stopMs: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-autogen-'))
  chmodSync(directory, 0o755) // the image's user reads what is in it
  const name = `polyrun-bench-${randomName(8)}`
  const args = [DRIVER, engine.image, name, directory, program.argv[0], program.source]
  const child = spawn(python, args, { env: { ...process.env, ...engine.address }, stdio: 'pipe' })
  try {
    const answers = new Answers(child)
    const { ms: startMs } = await answers.next()
    const result = await work({ startMs, run: () => runOnce(child, answers, program) })
    child.stdin.end()
    const { ms: stopMs } = await answers.next()
    return { result, stopMs }
  } finally {
    child.kill('SIGKILL')
    await removeNamed(engine, name)
    rmSync(directory, { recursive: true, force: true })
  }
}

async function runOnce({ stdin }: ReturnType<typeof spawn>, answers: Answers, { expected }: BenchProgram): Promise<number> {
  stdin?.write('run\n')
  const { ms, output } = await answers.next()
  if (output !== expected) throw new Error(`AutoGen's program printed ${JSON.stringify(output)}`)
  return ms
}

/** AutoGen has removed it, unless something went wrong. */
async function removeNamed(engine: BenchEngine, name: string): Promise<void> {
  const facts = await rawContainer(engine, name)
    .inspect()
    .catch(() => undefined)
  if (facts) await removeRaw(rawContainer(engine, facts.Id))
}

interface Answer {
  readonly ms: number
  readonly output: string
}

/** The lines of the driver. */
class Answers {
  readonly #lines: AsyncIterator<string>
  #complaint = ''

  constructor({ stdout, stderr }: ChildProcess) {
    if (!stdout || !stderr) throw new Error('the driver has no outputs')
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaint += text))
  }

  async next(): Promise<Answer> {
    const line = await this.#lines.next()
    if (line.done !== true) return JSON.parse(line.value) as Answer
    throw new Error(`AutoGen's executor ended: ${this.#complaint.trim().split('\n').at(-1)}`)
  }
}

import { readlinkSync } from 'node:fs'
import type { LocalCodeExecutor } from '../../src/executors/local/index.ts'
import { listProcesses } from '../../src/engine/process-table.ts'
import { pythonExecutor } from '../lib/hello.ts'
import { timed } from '../lib/interleave.ts'
import { findPython } from '../lib/interpreter.ts'
import type { BenchRow } from '../lib/row.ts'
import { mostAtOnce } from '../lib/statistics.ts'
import { withStarted } from '../lib/with-started.ts'
import { milliseconds } from '../lib/words.ts'

const CALLS = 200
const CONCURRENCY = 4
const LOOK_MS = 4

/** Tells its number and, by a clock that all processes share, when it lived. */
const program = (number: number): string => `import time
start = time.monotonic()
time.sleep(0.03)
print(${number}, start, time.monotonic())
`

/** Processes are counted twice: by what the programs say about when they lived, and by looking at the system's table. */
export const manyCalls: BenchRow = {
  name: 'many-calls',
  what: `${CALLS} calls at once on one executor, concurrency ${CONCURRENCY}`,
  target: `all right, at most ${CONCURRENCY} processes at a time`,
  rounds: 1,
  fixed: true,
  async run() {
    const executor = pythonExecutor({ concurrency: CONCURRENCY })
    const interpreter = findPython()
    const looks: number[] = []
    let lives: readonly Life[] = []
    const total = await withStarted([executor], () => {
      const looking = setInterval(() => looks.push(countChildren(interpreter)), LOOK_MS)
      const calls = async (): Promise<void> => {
        lives = await Promise.all(Array.from({ length: CALLS }, (_, number) => live(executor, number)))
      }
      return timed(calls).finally(() => clearInterval(looking))
    })
    const right = lives.filter((life) => life !== undefined)
    const [told, seen] = [mostAtOnce(right), Math.max(...looks)]
    const most = Math.max(told, seen)
    return {
      measured: `${right.length} right, at most ${most} at a time`,
      met: right.length === CALLS && most <= CONCURRENCY,
      details: [
        `at most ${told} by the programs' own clocks, ${seen} in ${looks.length} looks at the process table`,
        `${milliseconds(total)} for all, ${milliseconds((total * CONCURRENCY) / CALLS)} per run and place; each program sleeps 30 ms`,
      ],
      figures: { rightCalls: right.length, mostByClocks: told, mostSeen: seen, totalMs: total },
    }
  },
}

/** From when to when a program lived; `undefined` when it did not do what it should. */
type Life = readonly [start: number, end: number] | undefined

async function live(executor: LocalCodeExecutor, number: number): Promise<Life> {
  const { output } = await executor.executeCode(program(number), 'python')
  const [told, start, end] = output.trim().split(' ').map(Number)
  return told === number && start !== undefined && end !== undefined ? [start, end] : undefined
}

/** Children of this process that are the interpreter; the shell that waits to become the next one is not. */
function countChildren(interpreter: string): number {
  return listProcesses().filter(({ pid, parent }) => parent === process.pid && executableOf(pid) === interpreter).length
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return undefined // it ended while we looked
  }
}

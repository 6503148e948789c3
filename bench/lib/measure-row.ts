import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { coresOfOthers, load, readCpuTimes } from './load.ts'
import type { BenchRow, Measurement } from './row.ts'

/** A row with what was found, or why nothing was. */
export interface RowResult {
  readonly name: string
  readonly what: string
  readonly target: string | undefined
  readonly measurement: Measurement | undefined
  readonly failure: string | undefined
  /** Load average before and after. */
  readonly load: readonly [before: number, after: number]
  /** Cores that were busy with the work of others, on average. */
  readonly otherCores: number | undefined
}

const RUN_ROW = fileURLToPath(new URL('../run-row.ts', import.meta.url))
const PATIENCE_MS = 15 * 60_000

/** Measures a row in a Node process of its own, so that no row meets what another left behind. Never rejects. */
export async function measureRow({ name, what, target, rounds, nodeFlags = [], ...row }: BenchRow, wanted?: number): Promise<RowResult> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-row-'))
  const file = join(directory, 'measurement.json')
  const [loadBefore, cpuBefore] = [load(), readCpuTimes()]
  try {
    const count = wanted === undefined || row.fixed === true ? rounds : wanted
    const failure = await runNode([...nodeFlags, RUN_ROW, name, String(count), file])
    return {
      name,
      what,
      target,
      measurement: failure === undefined ? (JSON.parse(readFileSync(file, 'utf8')) as Measurement) : undefined,
      failure,
      load: [loadBefore, load()],
      otherCores: coresOfOthers(cpuBefore, readCpuTimes()),
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** What went wrong, if anything did. */
function runNode(args: readonly string[]): Promise<string | undefined> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'pipe'], timeout: PATIENCE_MS })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : complaint.trim() || `it ended with ${code ?? signal}`))
  })
}

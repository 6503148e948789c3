import { arch, release } from 'node:os'
import { orAborted } from '../../engine/index.ts'
import { EXECUTORS, loadExecutor, type ExecutorReport, type Fact, type HoldReport } from '../executors.ts'
import { describeError } from '../errors.ts'
import { paint, type CliIo, type OutputStream } from '../io.ts'
import { alignColumns } from '../text-table.ts'
import { readVersion } from '../version.ts'

/** The flags of `polyrun doctor`. */
export interface DoctorFlags {
  readonly json?: boolean
  /** An image of the engine to try, in the place of the project's own. */
  readonly image?: string
}

type NamedReport = ExecutorReport & { readonly name: string; readonly summary: string }

/** Prints what works on this machine, how well, and why. What does not work is an answer and no failure. */
export async function doctor({ json, image }: DoctorFlags, io: CliIo): Promise<number> {
  const reports: NamedReport[] = []
  for (const [name, { summary }] of Object.entries(EXECUTORS))
    reports.push({ name, summary, ...(await orAborted(examine(name, image), io.signal)) })
  const machine = {
    polyrun: readVersion(),
    node: process.version,
    nodePath: process.execPath,
    platform: `${process.platform} ${arch()}, kernel ${release()}`,
  }
  if (json === true) io.stdout.write(`${JSON.stringify({ ...machine, executors: reports }, null, 2)}\n`)
  else io.stdout.write([machineText(machine, io.stdout), ...reports.map((report) => reportText(report, io.stdout))].join('\n'))
  return 0
}

async function examine(name: string, image: string | undefined): Promise<ExecutorReport> {
  try {
    return await (await loadExecutor(name)).examine({ image })
  } catch (error) {
    return { status: 'unavailable', reason: describeError(error, false) }
  }
}

function machineText(
  { polyrun, node, nodePath, platform }: Readonly<Record<'polyrun' | 'node' | 'nodePath' | 'platform', string>>,
  stream: OutputStream,
): string {
  return alignColumns([
    [paint(stream, 'bold', 'polyrun'), polyrun],
    [paint(stream, 'bold', 'node'), `${node}  ${paint(stream, 'dim', nodePath)}`],
    [paint(stream, 'bold', 'platform'), platform],
  ])
}

function reportText(report: NamedReport, stream: OutputStream): string {
  const available = report.status === 'available'
  const mark = available ? paint(stream, 'green', 'available') : paint(stream, 'red', 'unavailable')
  const head = `${paint(stream, 'bold', report.name)} ${report.summary}: ${mark}\n`
  if (report.status === 'unavailable') return `${head}  ${report.reason}\n`
  const rows = [
    ...report.facts.map((fact) => [fact.name, valueText(fact, stream), paint(stream, 'dim', fact.because ?? '')]),
    ...report.holds.map((hold) => [hold.capability, strengthText(hold, stream), paint(stream, 'dim', hold.through)]),
  ]
  return head + alignColumns(rows, '  ')
}

function valueText({ value, isWarning = false }: Fact, stream: OutputStream): string {
  return isWarning ? paint(stream, 'yellow', value) : value
}

function strengthText({ strength }: HoldReport, stream: OutputStream): string {
  const colors = { kernel: 'green', 'best effort': 'yellow', 'not here': 'red' } as const
  return paint(stream, colors[strength], strength)
}

import { describeMachine, type Machine } from './machine.ts'
import type { RowResult } from './measure-row.ts'

/** Everything that one run of the benchmarks found. */
export interface Report {
  readonly date: string
  readonly machine: Machine
  readonly rows: readonly RowResult[]
}

/** Above this many cores of other work the report says so. */
const BUSY_CORES = 0.3

/** The judgement on a row, in a word or two. A figure that was not reached is missed, whatever the reason. */
export function verdict({ target, measurement, failure }: RowResult): string {
  if (failure !== undefined) return 'FAILED'
  if (measurement?.unavailable !== undefined) return 'not measured'
  if (target === undefined || measurement?.met === undefined) return ''
  return measurement.met ? 'reached' : 'MISSED'
}

/** Whether a figure was missed, or not obtained because the row failed. */
export function isMissed(row: RowResult): boolean {
  return ['FAILED', 'MISSED'].includes(verdict(row))
}

/** How many rows could not be measured, and which; `undefined` when all were. */
export function describeUnmeasured(rows: readonly RowResult[]): string | undefined {
  const names = rows.filter((row) => row.measurement?.unavailable !== undefined).map(({ name }) => name)
  if (names.length === 0) return undefined
  return `${names.length} of ${rows.length} rows could not be measured here, or not in full: ${names.join(', ')}`
}

/** A row for a terminal, with what is needed to judge it. */
export function renderRow(row: RowResult): string {
  const { name, what, target, measurement, failure } = row
  const judged = verdict(row)
  return [
    `${name}: ${what}`,
    `  ${measurement?.measured ?? '-'}${target === undefined ? '' : ` (target ${target})`}${judged === '' ? '' : `  ${judged}`}`,
    ...[failure, measurement?.unavailable, ...(measurement?.details ?? []), loadOf(row)].filter((line) => line !== undefined).map(indent),
  ].join('\n')
}

/** The table alone, as Markdown. */
export function renderTable(rows: readonly RowResult[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [
    line(['what', 'target', 'measured', 'verdict']),
    line(['---', '---', '---', '---']),
    ...rows.map((row) => line([row.what, row.target ?? '', row.measurement?.measured ?? '-', verdict(row)])),
  ].join('\n')
}

/** The page for `docs/`. */
export function renderPage({ date, machine, rows }: Report): string {
  const loads = rows.flatMap((row) => row.load)
  const others = rows.flatMap((row) => row.otherCores ?? [])
  const unmeasured = describeUnmeasured(rows)
  const busy = others.length > 0 && Math.max(...others) > BUSY_CORES
  return [
    '# Benchmarks',
    '',
    'Made by `npm run bench -- --write-docs`; not written by hand. Contestants take turns in one process, the order turns around every',
    'round, and ratios are those of medians from the same run. Every row has a process of its own.',
    '',
    renderTable(rows),
    '',
    ...(unmeasured === undefined ? [] : [`${unmeasured}. The details say why.`, '']),
    `Measured on ${date}:`,
    '',
    ...describeMachine(machine).map((fact) => `- ${fact}`),
    `- load average between ${Math.min(...loads).toFixed(1)} and ${Math.max(...loads).toFixed(1)}`,
    ...(others.length === 0
      ? []
      : [`- other work took ${Math.min(...others).toFixed(1)} to ${Math.max(...others).toFixed(1)} cores during the rows`]),
    ...(busy
      ? ['', 'The machine was busy with other work meanwhile: times are longer, and ratios worse or better, than on an idle one.']
      : []),
    '',
    '## Details',
    ...rows.flatMap((row) => [
      '',
      `\`${row.name}\`: ${row.what}`,
      '',
      ...[row.measurement?.unavailable, ...(row.measurement?.details ?? []), row.failure && 'it failed', loadOf(row)]
        .filter((detail) => detail !== undefined)
        .map((detail) => `- ${detail}`),
    ]),
    '',
  ].join('\n')
}

function loadOf({ load: [before, after], otherCores }: RowResult): string {
  const others = otherCores === undefined ? '' : `, ${otherCores.toFixed(1)} cores busy with other work`
  return `load average ${before.toFixed(1)} to ${after.toFixed(1)}${others}`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

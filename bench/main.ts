// npm run bench: measures the table that the project promises. npm run bench -- --help tells the options.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeEngine } from './lib/docker-engine.ts'
import { load } from './lib/load.ts'
import { describeMachine, inspectMachine } from './lib/machine.ts'
import { measureRow, type RowResult } from './lib/measure-row.ts'
import { describeUnmeasured, isMissed, renderPage, renderRow, renderTable, type Report } from './lib/report.ts'
import { ROWS } from './rows/index.ts'

const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const USAGE = `npm run bench -- [--only NAME]... [--rounds N] [--json FILE] [--write-docs] [--check]
  --only NAME   measures this row alone; may be given several times: ${ROWS.map((row) => row.name).join(' ')}
  --rounds N    measures each row N times; where the count is part of the figure it stays
  --json FILE   writes every number there instead of into the system's temporary directory
  --write-docs  writes docs/benchmarks.md, which needs every row
  --check       ends with 1 when a figure is missed

Rows whose names begin with docker need a container engine: what the variable POLYRUN_DOCKER_SOCKET names, or what the docker
program would find. They take the project's images, which are built when they are missing, or the one that the variable
POLYRUN_BENCH_IMAGE names.`

const options = {
  only: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  json: { type: 'string' },
  'write-docs': { type: 'boolean' },
  check: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options })
  if (values.help === true) return console.log(USAGE)
  if (values['write-docs'] === true && values.only !== undefined) throw new Error('--write-docs needs every row; leave out --only.')
  const wanted = chooseRows(values.only)
  const rounds = values.rounds === undefined ? undefined : readCount(values.rounds)
  const machine = inspectMachine(await describeEngine())
  for (const fact of describeMachine(machine)) console.log(fact)
  console.log(`load average ${load().toFixed(1)}`)
  const rows: RowResult[] = []
  for (const row of wanted) {
    const result = await measureRow(row, rounds)
    console.log(`\n${renderRow(result)}`)
    rows.push(result)
  }
  console.log(
    `\n${[renderTable(rows), describeUnmeasured(rows)].filter((part) => part !== undefined).join('\n\n')}\n\nload average ${load().toFixed(1)}`,
  )
  const report: Report = { date: new Date().toISOString().slice(0, 10), machine, rows }
  const file = values.json ?? join(mkdtempSync(join(tmpdir(), 'bench-')), 'results.json')
  writeFileSync(file, JSON.stringify(report, undefined, 2))
  console.log(`every number: ${file}`)
  if (values['write-docs'] === true) writeFileSync(PAGE, renderPage(report))
  if (values.check === true && rows.some(isMissed)) process.exitCode = 1
}

function chooseRows(names: readonly string[] | undefined): typeof ROWS {
  const unknown = names?.find((name) => !ROWS.some((row) => row.name === name))
  if (unknown !== undefined) throw new Error(`There is no row ${unknown}.\n${USAGE}`)
  return names === undefined ? ROWS : ROWS.filter((row) => names.includes(row.name))
}

function readCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new Error(`--rounds takes a whole number above 0, not ${text}.`)
}

// Measures one row in this process, which does nothing else: node bench/run-row.ts NAME ROUNDS FILE
import { writeFileSync } from 'node:fs'
import { ROWS } from './rows/index.ts'

const [name, rounds, file] = process.argv.slice(2)
const row = ROWS.find((each) => each.name === name)
if (row === undefined || file === undefined) throw new Error('Usage: node bench/run-row.ts NAME ROUNDS FILE')
writeFileSync(file, JSON.stringify(await row.run(Number(rounds))))

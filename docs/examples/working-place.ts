import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalCodeExecutor } from 'polyrun'

const directory = mkdtempSync(join(tmpdir(), 'example-'))
writeFileSync(join(directory, 'sales.csv'), 'month,sold\nmay,3\njune,4\n')
await using executor = new LocalCodeExecutor({ isolation: 'auto' })
// #region files
const { files } = executor
await files.upload(`${directory}/*.csv`, { to: 'data' })
await files.write('report.py', 'print(sum(int(line.split(",")[1]) for line in list(open("data/sales.csv"))[1:]))')
await files.edit('report.py', 'print(', 'open("total.txt", "w").write(str(')
await files.edit('report.py', '[1:]))', '[1:])))')
await executor.executeCode('import runpy; runpy.run_path("report.py")', 'python')

const total = await files.read('total.txt')
console.log(total.ok ? total.text : total.message) // 7
const found = await files.grep({ pattern: 'ju(ne|ly)', kind: 'regex', glob: '*.csv' })
const { saved } = await files.download(['total.txt', 'data'], join(directory, 'out')) // out/total.txt, out/data/sales.csv
// #endregion
assert.deepEqual(total.ok && total.text, '7')
assert.deepEqual(found.ok && found.matches, [{ path: 'data/sales.csv', line: 3, text: 'june,4' }])
assert.equal(saved.length, 2)
assert.equal(readFileSync(join(directory, 'out/data/sales.csv'), 'utf8').length, 24)

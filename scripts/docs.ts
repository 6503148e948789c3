import { readFileSync, writeFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import {
  renderCommandErrorTable,
  renderCommandRefusalTable,
  renderErrorTable,
  renderFileFailureTable,
  renderLanguageTable,
} from './lib/generated-tables.ts'
import { renderPage } from './lib/render-page.ts'

/**
 * Brings every page up to date: code fences from the files they name, tables from the data they show.
 * With `--check` nothing is written, and a page that is not up to date is a failure.
 */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const tables = {
  errors: renderErrorTable,
  'file-failures': renderFileFailureTable,
  languages: renderLanguageTable,
  'command-errors': renderCommandErrorTable,
  'command-refusals': renderCommandRefusalTable,
}
const problems: string[] = []
let pages = 0

for await (const path of glob(['README.md', 'docs/**/*.md'])) {
  pages += 1
  const text = readFileSync(path, 'utf8')
  const rendered = renderPage(text, (file) => readFileSync(file, 'utf8'), tables)
  problems.push(...rendered.problems.map((problem) => `${path}: ${problem}`))
  if (rendered.text === text) continue
  if (values.check) problems.push(`${path}: is not up to date; run npm run docs`)
  else writeFileSync(path, rendered.text)
}

if (pages === 0) problems.push('no pages found')
for (const problem of problems) console.error(problem)
console.log(`${pages} pages, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { runCommand } from '../lib/run-command.ts'
import type { Step } from '../lib/step.ts'
import { countTests, type VitestReport } from '../lib/vitest-report.ts'

const minutes = 70

/** The unit and contract tests. */
export const testsStep: Step = {
  name: 'tests',
  async run({ temp, evidence }) {
    const report = join(temp, 'vitest.json')
    const { exitCode, output: colored } = await runCommand(
      'vitest',
      ['run', '--reporter=default', '--reporter=./scripts/lib/vitest-reporter.ts'],
      { timeoutMs: minutes * 60_000, env: { POLYRUN_EVIDENCE: evidence, POLYRUN_TEST_REPORT: report } },
    )
    const output = stripVTControlCharacters(colored)
    const text = await readFile(report, 'utf8').catch(() => undefined)
    if (text === undefined) return { ok: false, output: `${output}\nvitest wrote no report (exit ${exitCode})` }
    const tests = countTests(JSON.parse(text) as VitestReport)
    // No test at all means that the search for test files is broken.
    const ok = exitCode === 0 && tests.failed === 0 && tests.passed > 0
    const notes = [`${tests.passed} passed, ${tests.failed} failed, ${tests.skipped.length} skipped`]
    return { ok, output: `${output}(exit ${exitCode})`, notes, tests }
  },
}

import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { ModuleReport, TestReport, VitestReport } from './vitest-report.ts'

/** Writes the outcome to the file named by `POLYRUN_TEST_REPORT`, with the reasons of skipped tests, which vitest's JSON leaves out. */
export default class ReportFile implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const path = process.env['POLYRUN_TEST_REPORT']
    if (path === undefined) throw new Error('POLYRUN_TEST_REPORT must name the file to write')
    const report: VitestReport = { modules: modules.map(describeModule), unhandledErrors: unhandledErrors.length }
    writeFileSync(path, JSON.stringify(report))
  }
}

function describeModule(module: TestModule): ModuleReport {
  const tests = [...module.children.allTests()].map(describeTest)
  const suiteErrors = [...module.children.allSuites()].flatMap((suite) => suite.errors())
  const failedOutsideTests = module.state() === 'failed' && !tests.some(({ state }) => state === 'failed')
  const errors = module.errors().length + suiteErrors.length
  return { file: module.relativeModuleId, errors: errors > 0 ? errors : failedOutsideTests || module.state() === 'pending' ? 1 : 0, tests }
}

function describeTest(test: TestCase): TestReport {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return { name: test.fullName, state: result.state, mode: test.options.mode ?? 'run', ...(note === undefined ? {} : { note }) }
}

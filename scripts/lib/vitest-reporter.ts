import { writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { ModuleReport, TestReport, VitestReport } from './vitest-report.ts'

type TestError = ReturnType<TestModule['errors']>[number]

/** Writes the outcome to the file named by `POLYRUN_TEST_REPORT`, with the reasons of skipped tests, which vitest's JSON leaves out. */
export default class ReportFile implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly TestError[]): void {
    const path = process.env['POLYRUN_TEST_REPORT']
    if (path === undefined) throw new Error('POLYRUN_TEST_REPORT must name the file to write')
    const report: VitestReport = { modules: modules.map(describeModule), unhandledErrors: unhandledErrors.map(describeError) }
    writeFileSync(path, JSON.stringify(report))
  }
}

function describeModule(module: TestModule): ModuleReport {
  const tests = [...module.children.allTests()].map(describeTest)
  const suiteErrors = [...module.children.allSuites()].flatMap((suite) => suite.errors())
  const failedOutsideTests = module.state() === 'failed' && !tests.some(({ state }) => state === 'failed')
  const errors = [...module.errors(), ...suiteErrors].map(describeError)
  const unexplained = errors.length === 0 && (failedOutsideTests || module.state() === 'pending')
  return { file: module.relativeModuleId, errors: unexplained ? ['it failed outside of its tests'] : errors, tests }
}

function describeTest(test: TestCase): TestReport {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  const errors = result.state === 'failed' ? result.errors.map(describeError) : undefined
  return {
    name: test.fullName,
    state: result.state,
    mode: test.options.mode ?? 'run',
    ...(note === undefined ? {} : { note }),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** The message, what was compared, and where in the project's files it went wrong. */
function describeError({ message, diff, stacks }: TestError): string {
  const where = (stacks ?? []).map(({ file, line }) => `at ${file}:${line}`)
  return stripVTControlCharacters([message, ...(typeof diff === 'string' ? [diff] : []), ...where].join('\n'))
}

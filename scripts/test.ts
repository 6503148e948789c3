// npm test: every check of the project, one after the other, going on after a failure so that one run tells all.
import { endOnSignal } from './lib/end-on-signal.ts'
import { runAll } from './lib/run-all.ts'
import { runCommand } from './lib/run-command.ts'
import { STEPS } from './steps.ts'

const help = `npm test                   every check: format, lint, types, tests, build, package
npm test -- unit/core ...  only the tests whose file path contains one of the words; other arguments go to vitest as they are
npm test -- --help         this

POLYRUN_REQUIRE=local,bubblewrap,cgroup,languages:20,python   what must have been exercised, or the run fails
POLYRUN_PROVISION=1                                           install missing Debian packages (as root; CI=1 does the same)
CI=1                                                          no test may be skipped`

const filters = process.argv.slice(2)
if (filters.includes('--help') || filters.includes('-h')) console.log(help)
else process.exitCode = await (filters.length === 0 ? runAll(STEPS, process.env, console.log) : runSome())

async function runSome(): Promise<number> {
  endOnSignal(() => {})
  const { exitCode } = await runCommand('vitest', ['run', ...filters], { timeoutMs: 60 * 60_000, output: 'inherit' })
  return exitCode
}

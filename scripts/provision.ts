// The Debian packages that let more languages and stronger isolation be tested. Installs them as root in CI (or with
// POLYRUN_PROVISION=1); anywhere else it says what is missing and how to get it, and the tests go on with what is there.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages } from './lib/apt.ts'
import { mayProvision, missingPackages, type SystemPackage } from './lib/debian-packages.ts'
import { isCi } from './lib/environment.ts'
import { ROOT } from './lib/paths.ts'
import { runCommand } from './lib/run-command.ts'
import type { StepOutcome } from './lib/step.ts'

const list = join(ROOT, 'scripts', 'provision', 'debian.json')
const log = join(ROOT, '.cache', 'provision.log')

/** Installs what is missing where that is wanted; elsewhere succeeds and tells. */
export async function provision(): Promise<StepOutcome> {
  const packages = JSON.parse(await readFile(list, 'utf8')) as readonly SystemPackage[]
  const query = await runCommand('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages.map((one) => one.package)], {
    timeoutMs: 60_000,
  })
  if (query.exitCode === 127) return done(['This is no Debian or Ubuntu: languages that are not installed are reported as unavailable.'])
  const missing = missingPackages(packages, query.stdout)
  if (missing.length === 0) return done([])
  if (!mayProvision({ uid: process.getuid?.(), ci: isCi(process.env), asked: process.env['POLYRUN_PROVISION'] === '1' }))
    return done(advice(missing))
  const { unknown, failed, tail } = await installPackages(
    missing.map((one) => one.package),
    log,
  )
  const notes = unknown.length > 0 ? [`apt does not know: ${unknown.join(', ')}`] : []
  if (failed.length === 0) return done([...notes, `installed ${missing.length - unknown.length} packages`])
  return { ok: false, output: `Could not install: ${failed.join(', ')}. The end of ${log}:\n${tail}`, notes }
}

function advice(missing: readonly SystemPackage[]): string[] {
  return [
    'Not installed, so what they bring is reported as unavailable below:',
    ...missing.map((one) => `  ${one.package} (${one.brings})`),
    `Get them: sudo apt-get update && sudo apt-get install --no-install-recommends ${missing.map((one) => one.package).join(' ')}`,
  ]
}

function done(notes: readonly string[]): StepOutcome {
  return { ok: true, output: '', notes }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { ok, output, notes } = await provision()
  for (const line of [...(notes ?? []), ...(output === '' ? [] : [output])]) console.log(line)
  process.exitCode = ok ? 0 : 1
}

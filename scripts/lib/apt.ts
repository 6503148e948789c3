import { mkdirSync, appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { unknownPackages } from './debian-packages.ts'
import { runCommand, type CommandOutcome } from './run-command.ts'

const minute = 60_000
const attempts = 3
/** After this long no further package is tried. */
const budget = 25 * minute
const tailLines = 60

const aptOptions = [
  '--quiet',
  '--option=Acquire::Retries=3',
  '--option=Acquire::http::Timeout=30',
  '--option=Acquire::https::Timeout=30',
  '--option=DPkg::Lock::Timeout=300',
]
const installOptions = [
  '--yes',
  '--no-install-recommends',
  '--option=Dpkg::Options::=--force-confdef',
  '--option=Dpkg::Options::=--force-confold',
]

export interface InstallReport {
  /** Names that this release of the system does not have. */
  readonly unknown: readonly string[]
  readonly failed: readonly string[]
  /** The last lines of the log. */
  readonly tail: string
}

/** Installs in one go, and one by one if that fails, so that one broken package does not take the others with it. */
export async function installPackages(packages: readonly string[], log: string): Promise<InstallReport> {
  mkdirSync(dirname(log), { recursive: true })
  writeFileSync(log, '')
  const deadline = Date.now() + budget
  const run = (timeoutMs: number, command: string, ...args: string[]): Promise<CommandOutcome> =>
    logged(log, timeoutMs, deadline, command, args)

  await retry(() => run(5 * minute, 'apt-get', 'update', ...aptOptions, '--option=APT::Update::Error-Mode=any'))
  const unknown = new Set<string>()
  const known = (): string[] => packages.filter((name) => !unknown.has(name))
  const install = async (names: readonly string[], timeoutMs: number): Promise<boolean> => {
    const { exitCode, output } = await run(timeoutMs, 'apt-get', 'install', ...aptOptions, ...installOptions, ...names)
    for (const name of unknownPackages(output)) unknown.add(name)
    return exitCode === 0
  }
  const together = await retry(async () => {
    if (known().length === 0) return { exitCode: 0 }
    const before = unknown.size
    if (await install(known(), 15 * minute)) return { exitCode: 0 }
    // Names that apt does not know fail the whole command at once: go on without them.
    if (unknown.size > before && (await install(known(), 15 * minute))) return { exitCode: 0 }
    await run(5 * minute, 'dpkg', '--configure', '-a')
    return { exitCode: 1 }
  })
  const failed: string[] = []
  if (!together) for (const name of known()) if (!(await install([name], 5 * minute)) && !unknown.has(name)) failed.push(name)
  return { unknown: [...unknown], failed, tail: readFileSync(log, 'utf8').split('\n').slice(-tailLines).join('\n') }
}

/** Mirrors fail for a moment: three attempts with a growing pause between them. */
async function retry(action: () => Promise<{ readonly exitCode: number }>): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { exitCode } = await action()
    if (exitCode === 0) return true
    if (attempt === attempts) return false
    await sleep(attempt * 5000)
  }
}

async function logged(log: string, limitMs: number, deadline: number, command: string, args: readonly string[]): Promise<CommandOutcome> {
  const timeoutMs = Math.min(limitMs, deadline - Date.now())
  appendFileSync(log, `$ ${[command, ...args].join(' ')}\n`)
  if (timeoutMs <= 0) {
    const output = 'The time for installing packages is used up.\n'
    appendFileSync(log, output)
    return { exitCode: 124, stdout: '', output }
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  return runCommand(command, args, { timeoutMs, env, onOutput: (text) => appendFileSync(log, text) })
}

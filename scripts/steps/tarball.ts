import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from '../lib/paths.ts'
import { runCommand, type CommandOutcome } from '../lib/run-command.ts'
import type { Step } from '../lib/step.ts'
import { findTarball } from './package.ts'

const minute = 60_000

interface Check {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** What is wrong with an outcome that exited with 0. */
  readonly wrong?: (outcome: CommandOutcome) => string | undefined
}

/** The package as its users get it: installed from the tarball, without what this project needs for developing. */
export const tarballStep: Step = {
  name: 'installed package',
  async run({ temp }) {
    const directory = await makeConsumer(temp)
    const install = ['install', '--omit=dev', '--omit=optional', '--omit=peer', '--no-audit', '--no-fund', '--ignore-scripts']
    const installed = await runCommand('npm', [...install, await findTarball(temp)], { cwd: directory, timeoutMs: 5 * minute })
    if (installed.exitCode !== 0) return { ok: false, output: `npm install of the tarball failed:\n${installed.output}` }
    const problems: string[] = []
    for (const { name, command, wrong } of checks(await exportedEntries())) {
      const [program, ...args] = command
      const outcome = await runCommand(program, args, { cwd: directory, timeoutMs: 2 * minute })
      const problem = outcome.exitCode === 0 ? wrong?.(outcome) : `exit ${outcome.exitCode}`
      if (problem !== undefined) problems.push(`${name}: ${problem}\n$ ${command.join(' ')}\n${outcome.output}`)
    }
    return { ok: problems.length === 0, output: problems.join('\n') }
  },
}

function checks(entries: readonly string[]): Check[] {
  return [
    ...entries.map((entry): Check => ({ name: `import ${entry}`, command: ['node', '--input-type=module', '-e', importCheck(entry)] })),
    { name: 'polyrun languages', command: ['npx', '--no', 'polyrun', 'languages', '--json'], wrong: ({ stdout }) => emptyJson(stdout) },
    {
      name: 'polyrun run',
      command: ['npx', '--no', 'polyrun', 'run', 'hello.js'],
      wrong: ({ stdout }) => (stdout === 'hello from the tarball\n' ? undefined : 'did not print what the program prints'),
    },
    { name: 'a consumer compiles', command: [join(ROOT, 'node_modules', '.bin', 'tsc'), '-p', '.'] },
    {
      name: 'a consumer runs',
      command: ['node', 'main.js'],
      wrong: ({ stdout }) => (stdout.includes('42') ? undefined : 'did not print 42'),
    },
  ]
}

/** Imports an entry and finds something exported there. */
function importCheck(entry: string): string {
  const attributes = entry.endsWith('.json') ? `, { with: { type: 'json' } }` : ''
  return `const names = Object.keys(await import('${entry}'${attributes})); if (names.length === 0) throw new Error('exports nothing')`
}

function emptyJson(text: string): string | undefined {
  const value = JSON.parse(text) as unknown
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? undefined : 'the answer is empty'
}

/** Every entry of `exports`, as users write it. */
async function exportedEntries(): Promise<string[]> {
  const { name, exports } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { name: string; exports: object }
  return Object.keys(exports).map((key) => name + key.slice(1))
}

/** A project like that of a user. Only the types of Node come from here: every TypeScript project on Node has them. */
async function makeConsumer(temp: string): Promise<string> {
  const directory = join(temp, 'consumer')
  await mkdir(directory)
  for (const file of ['main.ts', 'hello.js']) await copyFile(join(ROOT, 'test', 'consumer', file), join(directory, file))
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    typeRoots: [join(ROOT, 'node_modules', '@types')],
    types: ['node'],
  }
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
  return directory
}

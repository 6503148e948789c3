import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const lock = JSON.stringify({
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0', optional: true } },
})
const installed = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } })

let project: string

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'polyrun-bootstrap-'))
  await mkdir(join(project, 'scripts'))
  await copyFile(fileURLToPath(new URL('../../../scripts/bootstrap.mjs', import.meta.url)), join(project, 'scripts', 'bootstrap.mjs'))
  await writeFile(join(project, 'package-lock.json'), lock)
  await writeFile(
    join(project, 'scripts', 'x.ts'),
    'const args: string[] = process.argv.slice(2)\nconsole.log(args.join(" "), process.env.PATH)\nprocess.exitCode = 3\n',
  )
})

afterEach(() => rm(project, { recursive: true, force: true }))

test('installs once, then runs the file with its arguments, its exit code and the tools on the PATH', async () => {
  await fakeNpm(
    `const { mkdirSync, writeFileSync } = require('fs'); mkdirSync('node_modules'); writeFileSync('node_modules/.package-lock.json', '${installed}')`,
  )
  const first = bootstrap('scripts/x.ts', 'one', 'two')
  expect(first.stderr).toMatch(/^Installing dependencies.*\n$/)
  expect(first.status).toBe(3)
  expect(first.stdout).toMatch(new RegExp(`^one two ${dirname(process.execPath)}:${join(project, 'node_modules', '.bin')}:`))
  const second = bootstrap('scripts/x.ts')
  expect(second.stderr).toBe('')
  expect(second.status).toBe(3)
})

test.each([
  ['another version', { packages: { 'node_modules/a': { version: '0.9.0' } } }],
  ['a package too many', { packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/c': { version: '1.0.0' } } }],
  ['a package too few', { packages: {} }],
])('%s is installed anew', async (_, present) => {
  await mkdir(join(project, 'node_modules'))
  await writeFile(join(project, 'node_modules', '.package-lock.json'), JSON.stringify(present))
  await fakeNpm('')
  expect(bootstrap('scripts/x.ts').stderr).toContain('Installing dependencies')
})

test('tells what npm said and what to do when there is no network', async () => {
  await fakeNpm(`console.error('npm error code EAI_AGAIN'); process.exit(1)`)
  const { status, stderr, stdout } = bootstrap('scripts/x.ts')
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain('npm error code EAI_AGAIN')
  expect(stderr.trim().split('\n').at(-1)).toMatch(/^npm could not reach its registry\. Connect/)
})

test('a file that is not there is named', () => {
  expect(bootstrap('scripts/y.ts')).toMatchObject({ status: 1, stderr: 'There is no scripts/y.ts in this project.\n' })
})

test('passes a signal on and waits for what comes of it', async () => {
  await fakeNpm(`require('fs').mkdirSync('node_modules'); require('fs').writeFileSync('node_modules/.package-lock.json', '${installed}')`)
  await writeFile(
    join(project, 'scripts', 'x.ts'),
    `process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')`,
  )
  const child = spawn(process.execPath, ['scripts/bootstrap.mjs', 'scripts/x.ts'], {
    cwd: project,
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([7, null])
})

/** An npm that does what the test says instead of installing. */
async function fakeNpm(code: string): Promise<void> {
  await writeFile(join(project, 'npm-cli.js'), code)
}

function bootstrap(...args: string[]) {
  return spawnSync(process.execPath, ['scripts/bootstrap.mjs', ...args], { cwd: project, env: environment(), encoding: 'utf8' })
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, npm_execpath: join(project, 'npm-cli.js') }
}

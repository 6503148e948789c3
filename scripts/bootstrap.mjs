// Runs a TypeScript file of this project on a Node that reads TypeScript, after installing what is missing:
//   node scripts/bootstrap.mjs scripts/test.ts ...args
// It is plain JavaScript without dependencies because it is what runs first on a machine that has only an old Node.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const binaries = join(root, 'node_modules', '.bin')
const installMinutes = 20

const [script, ...args] = process.argv.slice(2)
if (script === undefined) fail('Usage: node scripts/bootstrap.mjs FILE.ts [ARGUMENT...]')
const file = resolve(root, script)
if (!existsSync(file)) fail(`There is no ${script} in this project.`)
if (!isInstalled()) install()
run(findNode())

/** Whether node_modules holds what package-lock.json says. npm writes the hidden lock file last, so half an install does not count. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined) fail('package-lock.json is missing or is no JSON. Restore it: git checkout package-lock.json')
  if (present === undefined) return false
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue
    const found = present[path]
    // Packages for other platforms are optional and stay away.
    if (found === undefined ? entry.optional !== true : found.version !== entry.version || found.integrity !== entry.integrity) return false
  }
  return Object.keys(present).every((path) => path in wanted)
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

function install() {
  console.error('Installing dependencies with npm ci (once; a minute or two) ...')
  const { status, output } = npm(['ci', '--no-audit', '--no-fund', '--no-progress'])
  if (status === 0) return
  console.error(output)
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/.test(output)
  if (offline)
    fail(
      'npm could not reach its registry. Connect to the network, or set a reachable one with "npm config set registry", and run this again.',
    )
  fail('npm ci failed; its output is above. Correct what it names, or remove node_modules, and run this again.')
}

function npm(npmArgs) {
  // Under "npm test" npm says where it is; that also works on Windows, where npm is no program but a script.
  const cli = process.env.npm_execpath
  const isNpm = cli !== undefined && basename(cli) === 'npm-cli.js' && existsSync(cli)
  const [command, commandArgs] = isNpm ? [process.execPath, [cli, ...npmArgs]] : ['npm', npmArgs]
  const { status, stdout, stderr, error } = spawnSync(command, commandArgs, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: !isNpm && process.platform === 'win32',
    timeout: installMinutes * 60_000,
  })
  if (error?.code === 'ENOENT') fail('npm is not on the PATH. Install Node with npm from https://nodejs.org and run this again.')
  if (error?.code === 'ETIMEDOUT') fail(`npm did not finish in ${installMinutes} minutes. Look at the network and run this again.`)
  return { status, output: `${stdout}${stderr}${error?.message ?? ''}`.trim() }
}

/** A Node that reads our TypeScript as it is, `await using` included: this one, else the one that the `node` package brings. */
function findNode() {
  if (process.features.typescript && Number.parseInt(process.versions.node, 10) >= 24) return process.execPath
  const bundled = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(bundled)) {
    const probe = spawnSync(bundled, ['-p', 'Boolean(process.features.typescript)'], { encoding: 'utf8' })
    if (probe.status === 0 && probe.stdout.trim() === 'true') return realpathSync(bundled)
  }
  return fail(
    `Node ${process.versions.node} cannot run TypeScript, and the "node" package was installed without its install script. ` +
      'Run: npm rebuild node --ignore-scripts=false (or install Node 24 or newer)',
  )
}

function run(node) {
  const path = [dirname(node), binaries, process.env.PATH].filter(Boolean).join(delimiter)
  const child = spawn(node, [file, ...args], { stdio: 'inherit', env: { ...process.env, PATH: path } })
  // A terminal sends its Ctrl-C to the child as well; passing it on would make two of one.
  const terminal = process.stdin.isTTY === true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !terminal) child.kill(signal)
    })
  }
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}. Remove node_modules and run this again.`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

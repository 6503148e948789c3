import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What the tests of kernels and their measurements need of Python; one environment for all of them, made once. */
const PACKAGES = [
  ...(['jupyter-server>=2.14,<3', 'ipykernel>=7,<8', 'bash_kernel', 'nbclient'] as const),
  ...(['numpy', 'pandas', 'matplotlib', 'ipywidgets'] as const),
]
const DIRECTORY = fileURLToPath(new URL('../../.cache/jupyter', import.meta.url))
/** Has the number of the process that makes it: each file of tests has one of its own, and several may need it at once. */
const LOCK = `${DIRECTORY}.lock`
const INSTALL_LIMIT_MS = 600_000

/** A virtual environment with a Jupyter server and kernels, or why there is none. */
export type JupyterEnvironment = { readonly virtualEnv: string } | { readonly unavailable: string }

let made: Promise<JupyterEnvironment> | undefined

/** Makes it the first time, which takes a minute. */
export function jupyterEnvironment(): Promise<JupyterEnvironment> {
  made ??= make()
  return made
}

async function make(): Promise<JupyterEnvironment> {
  const done = `${DIRECTORY}/made-${createHash('sha256').update(PACKAGES.join()).digest('hex').slice(0, 12)}`
  mkdirSync(dirname(DIRECTORY), { recursive: true })
  for (; !existsSync(done); await delay(200)) {
    if (takesLock()) return install(done)
  }
  return { virtualEnv: DIRECTORY }
}

/** Takes the lock, unless a process that lives has it. */
function takesLock(): boolean {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    try {
      process.kill(Number(readFileSync(LOCK, 'utf8')), 0)
    } catch {
      rmSync(LOCK, { force: true })
    }
    return false
  }
}

async function install(done: string): Promise<JupyterEnvironment> {
  const run = promisify(execFile)
  try {
    rmSync(DIRECTORY, { recursive: true, force: true })
    mkdirSync(DIRECTORY, { recursive: true })
    await run('python3', ['-m', 'venv', DIRECTORY])
    const words = ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES]
    await run(`${DIRECTORY}/bin/pip`, words, { timeout: INSTALL_LIMIT_MS, maxBuffer: 64 * 1024 ** 2 })
    await run(`${DIRECTORY}/bin/python`, ['-m', 'bash_kernel.install', '--sys-prefix'])
    writeFileSync(done, '')
    return { virtualEnv: DIRECTORY }
  } catch (error) {
    const said = String((error as { readonly stderr?: unknown }).stderr ?? error)
    return { unavailable: `a virtual environment with ${PACKAGES.join(', ')} could not be made: ${said.trim().slice(-300)}` }
  } finally {
    rmSync(LOCK, { force: true })
  }
}

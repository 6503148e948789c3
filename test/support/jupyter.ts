import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What the tests of kernels and their measurements need of Python; one environment for all of them, made once. */
const PACKAGES = [
  ...(['jupyter-server>=2.14,<3', 'ipykernel>=7,<8', 'bash_kernel', 'nbclient'] as const),
  ...(['numpy', 'pandas', 'matplotlib', 'ipywidgets'] as const),
]
const DIRECTORY = fileURLToPath(new URL('../../.cache/jupyter', import.meta.url))
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
  if (existsSync(done)) return { virtualEnv: DIRECTORY }
  const run = promisify(execFile)
  try {
    rmSync(DIRECTORY, { recursive: true, force: true })
    mkdirSync(DIRECTORY, { recursive: true })
    await run('python3', ['-m', 'venv', DIRECTORY])
    const install = ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES]
    await run(`${DIRECTORY}/bin/pip`, install, { timeout: INSTALL_LIMIT_MS, maxBuffer: 64 * 1024 ** 2 })
    await run(`${DIRECTORY}/bin/python`, ['-m', 'bash_kernel.install', '--sys-prefix'])
    writeFileSync(done, '')
    return { virtualEnv: DIRECTORY }
  } catch (error) {
    const said = String((error as { readonly stderr?: unknown }).stderr ?? error)
    return { unavailable: `a virtual environment with ${PACKAGES.join(', ')} could not be made: ${said.trim().slice(-300)}` }
  }
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** A Jupyter server as people start one: on a TCP port, with a token, and nothing changed. */
export interface PlainServer {
  readonly url: string
  readonly port: number
  readonly token: string
  /** Its root. */
  readonly directory: string
  /** The ids of its kernels. */
  kernels(): Promise<string[]>
  stop(): Promise<void>
}

const PATIENCE_MS = 120_000

/** Starts one; it has an own home for everything that it writes. */
export async function startPlainServer(virtualEnv: string): Promise<PlainServer> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'jupyter-')))
  const directory = join(home, 'root')
  mkdirSync(directory)
  const token = 'a-token-of-the-tests'
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const flags = [`--ServerApp.port=${port}`, '--ServerApp.port_retries=0', '--ServerApp.ip=127.0.0.1', '--ServerApp.open_browser=False']
  const child = spawn(
    join(virtualEnv, 'bin', 'jupyter-server'),
    [...flags, '--ServerApp.allow_root=True', `--IdentityProvider.token=${token}`, `--ServerApp.root_dir=${directory}`],
    {
      cwd: directory,
      env: { PATH: `${join(virtualEnv, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: home, JUPYTER_RUNTIME_DIR: home, IPYTHONDIR: home },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
  const ask = (path: string): Promise<Response> => fetch(`${url}${path}`, { headers: { authorization: `token ${token}` } })
  for (const deadline = performance.now() + PATIENCE_MS; !(await answers(ask)); await delay(50)) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`the Jupyter server of the tests did not start: ${said}`)
  }
  return {
    url,
    port,
    token,
    directory,
    kernels: async () => ((await (await ask('api/kernels')).json()) as { readonly id: string }[]).map(({ id }) => id),
    stop: async () => {
      endGroup(child)
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function answers(ask: (path: string) => Promise<Response>): Promise<boolean> {
  try {
    return (await ask('api/status')).ok
  } catch {
    return false
  }
}

function endGroup(child: ChildProcess): void {
  // Asked first: a server that is told to end ends its kernels.
  if (child.pid !== undefined && child.exitCode === null) child.kill('SIGTERM')
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

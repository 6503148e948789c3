import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { KernelExecutor } from '../../src/engine/index.ts'
import { JupyterCodeExecutor, type JupyterCodeExecutorOptions } from '../../src/executors/jupyter/index.ts'
import { JupyterBackend } from '../../src/executors/jupyter/jupyter-backend.ts'
import { readKernelSettings } from '../../src/executors/jupyter/options.ts'
import { createLanguageRegistry } from '../../src/languages/index.ts'
import { jupyterEnvironment } from '../../test/support/jupyter.ts'
import { startPlainServer } from '../../test/support/jupyter-server.ts'
import { unavailable, type Measurement } from './row.ts'

/** Where a row finds a Jupyter server and its kernels. */
export interface BenchJupyter {
  readonly virtualEnv: string
  /** An executor with a server of its own. */
  readonly executor: (options?: JupyterCodeExecutorOptions) => JupyterCodeExecutor
}

/** Measures where Jupyter is; says why not where it is not. */
export async function withJupyter(measure: (jupyter: BenchJupyter) => Promise<Measurement>): Promise<Measurement> {
  const environment = await jupyterEnvironment()
  if ('unavailable' in environment) return unavailable(environment.unavailable)
  const { virtualEnv } = environment
  return measure({ virtualEnv, executor: (options) => new JupyterCodeExecutor({ virtualEnv, ...options }) })
}

/** Executors on an unmodified server that listens on TCP: as they come by URL, and one that does nothing about late acknowledgements. */
export async function withPlainServer<T>(
  virtualEnv: string,
  work: (byUrl: KernelExecutor, plain: KernelExecutor) => Promise<T>,
): Promise<T> {
  const server = await startPlainServer(virtualEnv)
  const { url, token, port } = server
  const languages = createLanguageRegistry()
  // What opens streams itself is taken to be no TCP, and gets no acknowledgements of ours.
  const openStream = (): ReturnType<typeof connect> => connect({ port, host: '127.0.0.1', noDelay: true })
  const place = { name: 'plain', isOwn: false, start: async () => ({ baseUrl: url, token, openStream }), stop: async () => {} } as const
  const plain = new KernelExecutor(new JupyterBackend(place, readKernelSettings({}, languages), languages))
  const byUrl = new JupyterCodeExecutor({ serverUrl: url, token })
  try {
    return await work(byUrl, plain)
  } finally {
    await Promise.all([byUrl.stop(), plain.stop()])
    await server.stop()
  }
}

/** Cells that nbclient runs, by ZMQ from Python: each call gives how long one took, in milliseconds. */
export async function withNbclient<T>(virtualEnv: string, work: (runCell: () => Promise<number>) => Promise<T>): Promise<T> {
  const driver = fileURLToPath(new URL('nbclient_driver.py', import.meta.url))
  const child = spawn(join(virtualEnv, 'bin', 'python'), [driver], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const line = await lines.next()
    if (line.done) throw new Error('nbclient ended')
    return line.value
  }
  try {
    while ((await next()) !== 'ready');
    return await work(async () => {
      child.stdin.write('\n')
      return Number(await next())
    })
  } finally {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
}

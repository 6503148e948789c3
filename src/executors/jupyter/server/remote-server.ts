import { randomName } from '../../../workspace/index.ts'
import type { JupyterAddress, JupyterServer } from '../jupyter-server.ts'

/** A server that somebody else runs: nothing of it is ours but the kernels and the directory that we make. */
export class RemoteJupyterServer implements JupyterServer {
  readonly name = 'jupyter'
  readonly isOwn = false
  readonly #url: string
  readonly #token: string
  readonly #workDir: string | undefined

  constructor(url: string, token: string, workDir: string | undefined) {
    this.#url = url
    this.#token = token
    this.#workDir = workDir
  }

  explainMissing(): string {
    return 'a server that is reached by URL decides by itself what its kernels may use'
  }

  async start(): Promise<JupyterAddress> {
    const directory =
      this.#workDir === undefined ? { path: `polyrun-${randomName(8)}`, isTemporary: true } : { path: this.#workDir, isTemporary: false }
    return { baseUrl: this.#url, token: this.#token, directory }
  }

  async stop(): Promise<void> {}
}

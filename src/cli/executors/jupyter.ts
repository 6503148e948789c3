import { messageOf } from '../../engine/index.ts'
import { JupyterCodeExecutor } from '../../executors/jupyter/index.ts'
import type { ExecutorAdapter, ExecutorReport } from '../executors.ts'
import { given } from '../given.ts'

/** Others of its flags say where the server is; its token is no word for a command line, which everybody on the machine can read. */
function serverOf(url: string | undefined): { readonly serverUrl?: string; readonly token?: string } {
  if (url === undefined) return {}
  const token = process.env['JUPYTER_TOKEN']
  return { serverUrl: url, ...(token !== undefined && token !== '' && { token }) }
}

/** The jupyter executor on the command line. */
export const adapter: ExecutorAdapter = {
  create({ timeoutMs, limits, workDir, server, kernel }, { warn }) {
    if (server === undefined) warn('no isolation: a kernel of this machine can do whatever you can')
    return new JupyterCodeExecutor({ ...given({ timeoutMs, limits, workDir }), ...given({ kernelName: kernel }), ...serverOf(server) })
  },
  async examine(): Promise<ExecutorReport> {
    try {
      await using executor = new JupyterCodeExecutor()
      const languages = await executor.inspectLanguages()
      const kernels = languages.flatMap(({ language, programs }) => (programs ? [`${language.name} (${[...programs.keys()].join()})`] : []))
      const facts = [{ name: 'kernels', value: kernels.join(', '), because: 'a server of its own was started, and asked' }]
      return { status: 'available', facts, holds: [] }
    } catch (error) {
      return { status: 'unavailable', reason: messageOf(error) }
    }
  },
}

import { request } from 'node:http'
import type { JupyterAddress } from '../jupyter/jupyter-server.ts'

/** How long a server may take for one answer before it is asked again. */
const PATIENCE_MS = 5_000

/** Whether a server answers HTTP and lets us in. @throws the signal's reason */
export async function answers({ baseUrl, token, openStream }: JupyterAddress, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted()
  const answered = Promise.withResolvers<boolean>()
  const asking = request(new URL('api/status', baseUrl), {
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    headers: { Authorization: `token ${token}` },
    // The types want a socket; a stream is what is needed. An agent would make connections of its own.
    ...(openStream ? { createConnection: openStream as never } : { agent: false }),
  })
  asking.on('response', (response) => {
    answered.resolve(response.statusCode === 200)
    response.destroy()
  })
  asking.on('error', () => answered.resolve(false))
  asking.end()
  const isReady = await answered.promise
  signal.throwIfAborted()
  return isReady
}

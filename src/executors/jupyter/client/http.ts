import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'

/** How connections are made: one agent for each of the two protocols, with the same life. */
export interface Agents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  /** Closes every connection. */
  close(): void
}

/** Well below the hour after which a Jupyter server closes idle connections. */
const IDLE_MS = 4_000
/** Lists of kernels and names of files are what is asked for. */
const LARGEST_ANSWER_BYTES = 64 * 1024 ** 2
const NO_BODY = [204, 205, 304]

/** @param openStream - opens a connection where it is none by TCP */
export function makeAgents(openStream?: () => Duplex): Agents {
  const options = { keepAlive: true, timeout: IDLE_MS }
  const http = new HttpAgent(options)
  if (openStream) http.createConnection = () => openStream()
  const https = new HttpsAgent(options)
  return {
    http,
    https,
    close: () => {
      http.destroy()
      https.destroy()
    },
  }
}

/** A `fetch` over these agents. Redirections are not followed: a server's interface has none, and a page for people that log in has. */
export function makeFetch(agents: Agents): (request: Request) => Promise<Response> {
  return async (request) => {
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
    const answer = await send(request, body, agents)
    const content = await readAnswer(answer)
    const status = answer.statusCode ?? 500
    return new Response(NO_BODY.includes(status) ? null : new Uint8Array(content), {
      status,
      statusText: answer.statusMessage ?? '',
      headers: Object.entries(answer.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
    })
  }
}

/** A server may be anybody's program: one that never stops answering is not to fill this process. */
async function readAnswer(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error(`it answers more than ${LARGEST_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(request: Request, body: Buffer | undefined, agents: Agents): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url)
    const secure = url.protocol === 'https:'
    const outgoing = (secure ? httpsRequest : httpRequest)(url, {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), ...(body && { 'content-length': String(body.byteLength) }) },
      agent: secure ? agents.https : agents.http,
      signal: request.signal,
    })
    outgoing.once('response', resolve)
    outgoing.on('error', reject) // a second one, after an abort, is to be nobody's
    outgoing.end(body)
  })
}

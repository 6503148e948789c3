import type { ModelFunction } from '../../src/agent/index.ts'

/** Where a model is and what it is called. */
export interface OpenAiServer {
  /** The address under which `chat/completions` is. */
  readonly baseUrl: string
  readonly apiKey: string | undefined
  readonly model: string
}

/** A server out of the environment; `undefined` when none is named. */
export function serverFromEnvironment(env: NodeJS.ProcessEnv): OpenAiServer | undefined {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, OPENAI_MODEL: model } = env
  if (!apiKey && !baseUrl) return undefined
  return {
    baseUrl: (baseUrl || 'https://api.openai.com/v1').replace(/\/+$/, ''),
    apiKey: apiKey || undefined,
    model: model || 'gpt-4.1-mini',
  }
}

/** Any server that speaks OpenAI's chat completions, as a model. */
export function openAiModel({ baseUrl, apiKey, model }: OpenAiServer): ModelFunction {
  return async function* (messages, { signal }) {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
      body: JSON.stringify({ model, messages, stream: true }),
      signal,
    })
    if (!response.ok || !response.body) throw new Error(`${baseUrl} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
    yield* readPieces(response.body.pipeThrough(new TextDecoderStream()))
  }
}

/** The pieces of text in a stream of server-sent events. */
async function* readPieces(stream: ReadableStream<string>): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + chunk).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const data = /^data: ?(\{.*)$/.exec(line)?.[1]
      const piece = data === undefined ? undefined : pieceOf(data)
      if (piece) yield piece
    }
  }
}

function pieceOf(data: string): string | null | undefined {
  const { choices } = JSON.parse(data) as { readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[] }
  return choices?.[0]?.delta?.content
}

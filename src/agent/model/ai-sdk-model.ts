import { loadPeer } from './load-peer.ts'
import type { AiSdkLanguageModel, ModelMessage } from './model.ts'

/** The part of the `ai` package that is used here. */
interface AiSdk {
  readonly streamText: (options: {
    model: AiSdkLanguageModel
    messages: readonly ModelMessage[]
    instructions?: string
    abortSignal: AbortSignal
    maxRetries?: number
    onError: () => void
  }) => { readonly fullStream: AsyncIterable<AiSdkStreamPart> }
}

interface AiSdkStreamPart {
  readonly type: string
  readonly text?: string
  readonly error?: unknown
}

// Not written into the import, so that its types, which do not hold under our compiler settings, stay out of the program.
const PEER: string = 'ai'

/** The pieces of an answer of an AI SDK model. An error of the provider rejects; a rate limit is waited for as the AI SDK does. */
export async function* streamAiSdkModel(
  model: AiSdkLanguageModel,
  messages: readonly ModelMessage[],
  signal: AbortSignal,
  maxRetries: number | undefined,
): AsyncGenerator<string, void, undefined> {
  const { streamText } = await loadPeer(PEER, 'An AI SDK model', () => import(PEER) as Promise<AiSdk>)
  const { fullStream } = streamText({
    model,
    messages: messages.filter(({ role }) => role !== 'system'),
    ...readInstructions(messages),
    abortSignal: signal,
    ...(maxRetries !== undefined && { maxRetries }),
    onError: () => {}, // it would print what is thrown below
  })
  for await (const part of fullStream) {
    if (part.type === 'text-delta' && part.text !== undefined) yield part.text
    if (part.type === 'error') throw part.error
    if (part.type === 'abort') signal.throwIfAborted()
  }
}

function readInstructions(messages: readonly ModelMessage[]): { readonly instructions?: string } {
  const system = messages.filter(({ role }) => role === 'system').map(({ content }) => content)
  return system.length === 0 ? {} : { instructions: system.join('\n\n') }
}

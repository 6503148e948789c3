import { CodeExecutorError } from '../../core/index.ts'
import { orAborted } from '../abort.ts'
import { invalid } from '../checks.ts'
import type { ModelFunction, ModelMessage } from './model.ts'

/** What a call of a model needs besides the messages. */
export interface AskOptions {
  /** Whose model it is, for errors. */
  readonly agent: string
  readonly signal: AbortSignal
  /** The longest time without a word, in milliseconds. */
  readonly modelTimeoutMs: number
  readonly onDelta: (text: string) => void
}

/**
 * The whole answer of a model. It settles at once when the signal fires, also when the model does not care.
 * @throws `MODEL_FAILED` with the model's error as `cause`; `signal.reason`
 */
export async function askModel(model: ModelFunction, messages: readonly ModelMessage[], options: AskOptions): Promise<string> {
  const { agent, signal, modelTimeoutMs } = options
  signal.throwIfAborted()
  const silence = new AbortController()
  const either = AbortSignal.any([signal, silence.signal])
  try {
    return await collect(model, messages, either, silence, options)
  } catch (cause) {
    if (signal.aborted) throw signal.reason
    if (CodeExecutorError.is(cause)) throw cause
    const what = silence.signal.aborted
      ? `said nothing for ${modelTimeoutMs} ms and was given up. Raise modelTimeoutMs, or see what it waits for.`
      : `failed: ${cause instanceof Error ? cause.message : String(cause)}. See the cause; the conversation is as it was before the call.`
    throw new CodeExecutorError('MODEL_FAILED', `The model of the agent ${agent} ${what}`, { agent }, { cause })
  }
}

async function collect(
  model: ModelFunction,
  messages: readonly ModelMessage[],
  signal: AbortSignal,
  silence: AbortController,
  { modelTimeoutMs, onDelta }: AskOptions,
): Promise<string> {
  const timer = setTimeout(() => silence.abort(), modelTimeoutMs)
  const pieces: string[] = []
  const take = (piece: unknown): void => {
    if (typeof piece !== 'string') throw invalid('model', piece, 'must answer with text')
    timer.refresh()
    if (piece === '') return
    pieces.push(piece)
    onDelta(piece)
  }
  try {
    const answer: unknown = model(messages, { signal })
    if (isIterable(answer)) await forEach(answer, take, signal)
    else take(await orAborted(Promise.resolve(answer), signal))
    return pieces.join('')
  } finally {
    clearTimeout(timer)
  }
}

function isIterable(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer
}

/** `for await` would wait for a model that hangs, before and after the signal. */
async function forEach(pieces: AsyncIterable<unknown>, take: (piece: unknown) => void, signal: AbortSignal): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]()
  let isOver = false
  try {
    for (;;) {
      const next = await orAborted(iterator.next(), signal)
      if (next.done === true) break
      take(next.value)
    }
    isOver = true
  } finally {
    if (!isOver) void Promise.resolve(iterator.return?.()).catch(() => {})
  }
}

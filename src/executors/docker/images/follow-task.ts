import { ImageMessages, type ImageMessage } from './image-messages.ts'
import { ProgressReader, type ImageProgress } from './image-progress.ts'

/** A failure that the engine told in the middle of its answer. */
export class ImageTaskFailure extends Error {
  /** The last lines of a build's log. */
  readonly log: readonly string[]

  constructor(words: string, log: readonly string[]) {
    super(words)
    this.name = 'ImageTaskFailure'
    this.log = log
  }
}

/** A request for an image, and what its failures mean. */
export interface ImageTask {
  readonly subject: Pick<ImageProgress, 'image' | 'task'>
  readonly request: () => Promise<NodeJS.ReadableStream>
  /** The error to throw for a failed request, a broken connection or an {@link ImageTaskFailure}. */
  readonly explain: (cause: unknown) => unknown
}

/** What happens, until it is done. Whoever stops listening ends the task. @throws what `explain` makes of a failure */
export async function* followTask({ subject, request, explain }: ImageTask): AsyncGenerator<ImageProgress, void, undefined> {
  const messages = new ImageMessages()
  const reader = new ProgressReader(subject)
  const read = (message: ImageMessage): readonly ImageProgress[] => {
    const entries = reader.read(message)
    if (message.error !== undefined) throw new ImageTaskFailure(message.error, reader.tail)
    return entries
  }
  try {
    for await (const chunk of await request()) {
      for (const message of messages.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)) yield* read(message)
    }
    for (const message of messages.end()) yield* read(message)
  } catch (cause) {
    throw explain(cause)
  }
}

import { CodeExecutorError } from '../../../core/index.ts'
import { engineError } from '../engine-errors.ts'
import { readFailure } from '../engine-words.ts'
import { ImageTaskFailure } from './follow-task.ts'

const FULL = /no space left on device|disk quota exceeded/i

/**
 * What a failure to fetch or build an image means. Whatever the engine refuses is `IMAGE_UNAVAILABLE` with the message that
 * `describe` makes; a broken connection, a name that cannot be one and a full disk are what they are everywhere else.
 */
export function explainFailure(cause: unknown, doing: string, image: string, describe: (words: string) => string): CodeExecutorError {
  const { words } = readFailure(cause)
  // Inside the stream the engine has answered, and a log may say anything.
  const isInside = cause instanceof ImageTaskFailure
  const error = engineError(isInside ? { statusCode: 500, message: words } : cause, doing, { image })
  const isRefusal = isInside || error.code === 'IMAGE_UNAVAILABLE' || error.code === 'BACKEND_REJECTED'
  if (!isRefusal || FULL.test(words)) return error
  return new CodeExecutorError('IMAGE_UNAVAILABLE', describe(words.replace(/\.$/, '')), { image }, { cause })
}

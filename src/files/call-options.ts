import { encode } from '../workspace/index.ts'
import type { FileContent } from './file-backend.ts'
import { FileProblem } from './file-failure.ts'
import { FILE_LIMITS } from './file-limits.ts'

/** A whole number of an option, or its default. @throws FileProblem `invalid_argument` */
export function wholeNumber(value: unknown, name: string, least: number, most: number, otherwise: number): number {
  if (value === undefined || value === null) return otherwise
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return Math.min(value, most)
  throw new FileProblem('invalid_argument', name, `must be a whole number from ${least}`)
}

/** Text or bytes to write, as bytes. @throws FileProblem `invalid_argument`, `too_large` */
export function contentBytes(path: string, content: FileContent): Uint8Array {
  const bytes = typeof content === 'string' ? encodeText(path, content) : content
  if (!(bytes instanceof Uint8Array)) throw new FileProblem('invalid_argument', path, 'was given a content that is neither text nor bytes')
  if (bytes.byteLength > FILE_LIMITS.fileBytes)
    throw new FileProblem('too_large', path, `would have ${bytes.byteLength} bytes, and ${FILE_LIMITS.fileBytes} are the most`)
  return bytes
}

/** @throws FileProblem `invalid_argument` */
export function textArgument(value: unknown, path: string, name: string): string {
  if (typeof value === 'string') return value
  throw new FileProblem('invalid_argument', path, `was given ${name} that is no text`)
}

function encodeText(path: string, text: string): Uint8Array {
  if (!text.isWellFormed())
    throw new FileProblem('invalid_argument', path, 'was given a text with a lone surrogate, which UTF-8 cannot hold')
  return encode(text, 'content')
}

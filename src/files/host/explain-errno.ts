import { CodeExecutorError } from '../../core/index.ts'
import { DescentError } from '../../workspace/index.ts'
import { FileProblem, type FileFailureCode } from '../file-failure.ts'

/** What the system's refusals mean, with the end of a sentence about the path. */
const MEANINGS: Readonly<Record<string, readonly [FileFailureCode, string]>> = {
  ENOENT: ['file_not_found', 'is not there'],
  ENOTDIR: ['not_a_directory', 'goes through something that is no directory'],
  EISDIR: ['is_directory', 'is a directory'],
  ENOTEMPTY: ['is_directory', 'is a directory that is not empty'],
  EEXIST: ['is_directory', 'is already there'],
  EACCES: ['permission_denied', 'may not be used so'],
  EPERM: ['permission_denied', 'may not be used so'],
  EROFS: ['permission_denied', 'is on a file system that cannot be written to'],
  EBUSY: ['permission_denied', 'is in use'],
  ETXTBSY: ['permission_denied', 'is in use'],
  ENXIO: ['not_a_file', 'is no regular file'],
  ENODEV: ['not_a_file', 'is no regular file'],
  ELOOP: ['invalid_path', 'goes through links that change or lead in circles'],
  ENAMETOOLONG: ['invalid_path', 'is too long'],
  EINVAL: ['invalid_path', 'cannot be a name here'],
  EILSEQ: ['invalid_path', 'cannot be a name here'],
  ENOSPC: ['no_space', 'was not written: no space is left'],
  EDQUOT: ['no_space', 'was not written: no space is left'],
  EFBIG: ['no_space', 'was not written: it is larger than a file may be'],
}

/** What the system said about a path, as a {@link FileProblem} if the caller can cause it; the error itself otherwise. */
export function explainErrno(error: unknown, path: string): unknown {
  if (error instanceof FileProblem || CodeExecutorError.is(error)) return error
  if (error instanceof DescentError)
    return new FileProblem(error.code === 'OUTSIDE' ? 'permission_denied' : 'invalid_path', path, error.message, { cause: error })
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const meaning = MEANINGS[code]
  return meaning ? new FileProblem(meaning[0], path, meaning[1], { cause: error }) : error
}

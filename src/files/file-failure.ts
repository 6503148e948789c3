/** Why a file call can fail, each with the next step for whoever made it, often a model. `docs/files.md` has this table. */
export const FILE_FAILURES = {
  file_not_found: 'List the directory to see what is there.',
  permission_denied: 'Choose another path; this one may not be used so.',
  is_directory: 'List it, or name a file in it.',
  not_a_directory: 'A part of the path is a file; choose another path.',
  not_a_file: 'It is a pipe, a device or a socket, which are never opened; choose a regular file.',
  invalid_path: 'Give a path below the root, with / between its parts and no .. part.',
  invalid_argument: 'Correct the argument that the message names.',
  invalid_pattern: 'Correct the pattern; look-around and back references are not supported.',
  too_large: 'Read it in parts with offset and limit, or write less.',
  not_text: 'Read its bytes instead.',
  no_match: 'Read the file again, and give the text exactly as it stands there.',
  several_matches: 'Give more of the text around the one that is meant, or set replaceAll.',
  changed: 'Somebody changed the file meanwhile: read it again, and repeat the change.',
  no_space: 'Remove files that are not needed any more, then try again.',
  timed_out: 'The place was too slow or too busy; try again with a smaller request.',
} as const satisfies Readonly<Record<string, string>>

/** A key of {@link FILE_FAILURES}. */
export type FileFailureCode = keyof typeof FILE_FAILURES

/** What a file call answers that could not be done. It is a value and never thrown, so that it ends nobody's run. */
export interface FileFailure {
  readonly ok: false
  readonly code: FileFailureCode
  /** The path that the call was about, as far as it is known. */
  readonly path: string
  /** What happened and what to do next, in a sentence or two. */
  readonly message: string
}

/** What a file call answers: what was asked for, or why not. */
export type FileAnswer<T> = ({ readonly ok: true } & T) | FileFailure

/** What a {@link FileStore} throws for a failure that its caller can cause; it becomes a {@link FileFailure}. */
export class FileProblem extends Error {
  readonly code: FileFailureCode
  readonly path: string

  /** @param reason - the end of a sentence that starts with the path: `is a directory` */
  constructor(code: FileFailureCode, path: string, reason: string, options?: ErrorOptions) {
    super(`${shown(path)} ${reason}. ${FILE_FAILURES[code]}`, options)
    this.name = 'FileProblem'
    this.code = code
    this.path = path
  }

  /** The problem as a value. */
  get failure(): FileFailure {
    return { ok: false, code: this.code, path: this.path, message: this.message }
  }
}

/** A file that is not there. */
export function notFound(path: string, options?: ErrorOptions): FileProblem {
  return new FileProblem('file_not_found', path, 'is not there', options)
}

/** Runs something, and turns a {@link FileProblem} into a value; everything else is thrown on. */
export async function answering<T extends object>(work: () => Promise<T>): Promise<FileAnswer<T>> {
  try {
    return { ok: true, ...(await work()) }
  } catch (error) {
    if (error instanceof FileProblem) return error.failure
    throw error
  }
}

function shown(path: string): string {
  const text = String(path)
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text)
}

import { CodeExecutorError } from '../../core/index.ts'

/**
 * Loads an optional package and says how to get it when it is missing. One that is there and broken is told as it is.
 * @throws `PEER_MISSING`
 */
export async function loadPeer<T>(peer: string, neededBy: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if (!isMissing(cause, peer)) throw cause
    throw new CodeExecutorError(
      'PEER_MISSING',
      `${neededBy} needs the package "${peer}". Run: npm install ${peer}`,
      { executor: neededBy, peer },
      { cause },
    )
  }
}

/** Node names the missing package in the message and nowhere else; a package that lacks one of its own names that one. */
function isMissing(error: unknown, peer: string): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${peer}'`)
}

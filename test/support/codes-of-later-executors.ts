import type { ErrorCode } from '../../src/core/index.ts'

/** Error codes that nothing can throw yet, with the reason. A code that a test does throw may not be listed. */
export const CODES_OF_LATER_EXECUTORS: Readonly<Partial<Record<ErrorCode, string>>> = {
  PEER_MISSING: 'no executor so far needs an optional package',
  IMAGE_UNAVAILABLE: 'no executor so far uses container images',
}

import type { ErrorCode } from '../../src/core/index.ts'

/** Error codes that only one executor throws, by its name: where that one is not there, no test can see them thrown. */
export const CODES_OF_EXECUTORS: Readonly<Partial<Record<ErrorCode, string>>> = {
  IMAGE_UNAVAILABLE: 'docker',
}

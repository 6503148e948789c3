import type { CommandExecutor, CommandExecutorOptions } from '../../src/engine/index.ts'
import { makeDocker, noDocker } from '../support/docker-executor.ts'
import { makeLocal } from '../support/local.ts'

/** Where commands are tried: each with what makes an executor there, and why it may be missing here. */
export const PLACES: readonly (readonly [string, (options?: CommandExecutorOptions) => CommandExecutor, string | undefined])[] = [
  ['local', makeLocal, undefined],
  ['docker', makeDocker, noDocker],
]

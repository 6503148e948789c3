import type { Body } from '../context.ts'
import type { RequirementId } from '../requirements.ts'
import { abortBodies, backgroundBodies } from './abort.ts'
import { badInputBodies } from './bad-input.ts'
import { allowedBodies } from './commands-allowed.ts'
import { jobBodies } from './commands-background.ts'
import { commandBodies } from './commands.ts'
import { concurrencyBodies } from './concurrency.ts'
import { fileBodies } from './files.ts'
import { environmentBodies, stdinBodies } from './stdin.ts'
import { isolationBodies } from './isolation.ts'
import { displayBodies } from './kernel-display.ts'
import { kernelEndBodies } from './kernel-ends.ts'
import { kernelBodies } from './kernel.ts'
import { lifecycleBodies } from './lifecycle.ts'
import { limitBodies } from './limits.ts'
import { outputBodies } from './output.ts'
import { resultBodies } from './results.ts'
import { streamBodies } from './stream.ts'
import { timeoutBodies } from './timeout.ts'

/** The bodies of one theme. */
export type Bodies = Readonly<Partial<Record<RequirementId, Body>>>

/** What proves each requirement. */
export const BODIES: Readonly<Record<RequirementId, Body>> = {
  ...resultBodies,
  ...streamBodies,
  ...timeoutBodies,
  ...abortBodies,
  ...backgroundBodies,
  ...outputBodies,
  ...stdinBodies,
  ...environmentBodies,
  ...fileBodies,
  ...concurrencyBodies,
  ...lifecycleBodies,
  ...badInputBodies,
  ...commandBodies,
  ...allowedBodies,
  ...jobBodies,
  ...limitBodies,
  ...isolationBodies,
  ...kernelBodies,
  ...kernelEndBodies,
  ...displayBodies,
}

import type { Step } from '../lib/step.ts'
import { provision } from '../provision.ts'

/** System packages that the tests can make use of. */
export const provisionStep: Step = {
  name: 'system packages',
  run: () => provision(),
}

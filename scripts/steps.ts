import { commandStep } from './steps/command.ts'
import { errorCodesStep, noSkipsStep, requirementsStep } from './steps/after-tests.ts'
import { attwStep, packStep, publintStep } from './steps/package.ts'
import { provisionStep } from './steps/provision.ts'
import { tarballStep } from './steps/tarball.ts'
import { testsStep } from './steps/tests.ts'
import type { Step } from './lib/step.ts'

/** What `npm test` does, in this order. */
export const STEPS: readonly Step[] = [
  provisionStep,
  commandStep('format', 5, 'oxfmt', '--check'),
  commandStep('lint', 5, 'oxlint'),
  commandStep('types', 5, 'tsc', '--noEmit'),
  commandStep('types with the SDKs', 5, 'tsc', '--noEmit', '-p', 'test/integrations'),
  testsStep,
  errorCodesStep,
  requirementsStep,
  noSkipsStep,
  commandStep('docs', 5, process.execPath, 'scripts/docs.ts', '--check'),
  commandStep('build', 5, process.execPath, 'scripts/build.ts'),
  commandStep('unused code and dependencies', 5, 'knip', '--no-progress'),
  packStep,
  publintStep,
  attwStep,
  tarballStep,
]

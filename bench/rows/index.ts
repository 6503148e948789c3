import type { BenchRow } from '../lib/row.ts'
import { backToBack } from './back-to-back.ts'
import { bigOutputMemory } from './big-output-memory.ts'
import { bigOutputSpeed } from './big-output-speed.ts'
import { firstResult } from './first-result.ts'
import { helloBubblewrap } from './hello-bubblewrap.ts'
import { helloNone } from './hello-none.ts'
import { helloPortable } from './hello-portable.ts'
import { importRoot } from './import-root.ts'
import { manyCalls } from './many-calls.ts'
import { manyRuns } from './many-runs.ts'
import { phases } from './phases.ts'
import { settleTime } from './settle-time.ts'

/** The table, those with a target first. */
export const ROWS: readonly BenchRow[] = [
  helloNone,
  helloBubblewrap,
  bigOutputMemory,
  bigOutputSpeed,
  manyRuns,
  manyCalls,
  importRoot,
  settleTime,
  helloPortable,
  backToBack,
  firstResult,
  phases,
]

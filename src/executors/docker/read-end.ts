import type { CommandExit } from '../../engine/index.ts'
import type { DockerSettings } from './settings.ts'
import type { KernelCounts, ProgramEnd } from './supervisor/program-end.ts'

/** What a program's end means in the light of what the kernel counted. A program that succeeded nevertheless has succeeded. */
export function readEnd({ outcome, counts, diskFull }: ProgramEnd, before: KernelCounts, limits: DockerSettings['limits']): CommandExit {
  const failed = !('exitCode' in outcome) || outcome.exitCode !== 0
  if (failed && counts.memoryKills > before.memoryKills) return { kind: 'out-of-memory', limitBytes: limits.memory }
  // A fork bomb's first process may well end with 0.
  if (counts.refusedForks > before.refusedForks) return { kind: 'too-many-processes', limit: limits.pids }
  if (failed && diskFull) return { kind: 'out-of-disk', limitBytes: limits.disk }
  return 'exitCode' in outcome ? { kind: 'exited', exitCode: outcome.exitCode } : { kind: 'signaled', signal: outcome.signal }
}

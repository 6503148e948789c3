import type { ResolvedLimits } from '../../core/index.ts'
import type { CommandExit } from '../../engine/index.ts'
import { diskUsage } from './disk-usage.ts'
import { MarkerScope } from '../../engine/host/marker-scope.ts'
import type { PreparedShell, ProcessExit } from './prepared-shell.ts'
import type { Check } from './watchdog.ts'

const FILE_SIZE_UNIT_BYTES = 512

/** Limits that a shell takes on itself before it becomes the program. */
export function limitCommands({ openFiles, disk }: ResolvedLimits): readonly string[] {
  return [
    'ulimit -c 0', // no core files in the working directory
    // Above what the system allows, the system's limit is the lower one and holds.
    ...(openFiles === undefined ? [] : [`{ ulimit -n ${openFiles} 2>/dev/null || ulimit -n "$(ulimit -H -n)"; }`]),
    ...(disk === undefined ? [] : [`ulimit -f ${Math.ceil(disk / FILE_SIZE_UNIT_BYTES)}`]),
  ]
}

/** Looks after the limits of one program while it runs, and says afterwards whether one of them ended it. */
export class LimitWatch {
  readonly checks: readonly Check[]
  readonly #limits: ResolvedLimits
  readonly #shell: PreparedShell
  readonly #measured: readonly string[]

  constructor(limits: ResolvedLimits, shell: PreparedShell, measured: readonly string[]) {
    this.#limits = limits
    this.#shell = shell
    this.#measured = measured
    this.checks = this.#makeChecks()
  }

  /** What the program's end means in the light of what the kernel counted. A program that succeeded nevertheless has succeeded. */
  async classify({ exitCode, signal }: ProcessExit, temporaryFull: boolean): Promise<CommandExit> {
    const { memory, pids, disk } = this.#limits
    const { memoryKills, refusedForks } = this.#shell.scope.evidence()
    const failed = exitCode !== 0
    if (memory !== undefined && memoryKills > 0 && failed) return { kind: 'out-of-memory', limitBytes: memory }
    // A fork bomb's first process may well end with 0.
    if (pids !== undefined && refusedForks > 0) return { kind: 'too-many-processes', limit: pids }
    if (disk !== undefined && failed && (temporaryFull || (await diskUsage(this.#measured)) >= disk))
      return { kind: 'out-of-disk', limitBytes: disk }
    return signal === null ? { kind: 'exited', exitCode: exitCode ?? 0 } : { kind: 'signaled', signal }
  }

  #makeChecks(): readonly Check[] {
    const { memory, pids, disk } = this.#limits
    const { scope } = this.#shell
    const checks: Check[] = []
    if (pids !== undefined) {
      checks.push(() => (scope.evidence().refusedForks > 0 ? { kind: 'too-many-processes', limit: pids } : undefined))
    }
    if (memory !== undefined && scope instanceof MarkerScope) {
      checks.push(() =>
        scope.memoryBytes(this.#shell.leader, memory) > memory ? { kind: 'out-of-memory', limitBytes: memory } : undefined,
      )
    }
    if (disk !== undefined) {
      checks.push(async () => ((await diskUsage(this.#measured)) > disk ? { kind: 'out-of-disk', limitBytes: disk } : undefined))
    }
    return checks
  }
}

import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { inspectHost } from '../../src/executors/local/host.ts'
import { findPython } from './interpreter.ts'

/** What the figures depend on. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryBytes: number
  readonly system: string
  readonly node: string
  readonly python: string
  readonly cgroups: string
  readonly bubblewrap: string
}

/** Looks at this machine. */
export function inspectMachine(): Machine {
  const host = inspectHost()
  const noSandbox = host.whyNoSandbox()
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    python: ask(findPython(), '--version'),
    cgroups: host.cgroups === undefined ? 'none that can be written to' : [...host.cgroups.parents].map(([controller, parent]) => `${controller} in ${parent}`).join(', '),
    bubblewrap: host.bubblewrap === undefined || noSandbox !== undefined ? `none: ${noSandbox}` : ask(host.bubblewrap, '--version'),
  }
}

/** The machine in words, one fact each. */
export function describeMachine(machine: Machine): readonly string[] {
  return [
    `${machine.cores} cores (${machine.processor}), ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB of memory`,
    `${machine.system}, cgroups: ${machine.cgroups}`,
    `Node ${machine.node}, ${machine.python}, ${machine.bubblewrap}`,
  ]
}

function ask(program: string, flag: string): string {
  return execFileSync(program, [flag], { encoding: 'utf8' }).trim()
}

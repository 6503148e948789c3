import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import type { CgroupHost } from '../../src/engine/host/cgroup-host.ts'
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
  readonly engine: string
}

/** Looks at this machine. The engine, which may be on another one, is described by whoever can reach it. */
export function inspectMachine(engine: string): Machine {
  const host = inspectHost()
  const noSandbox = host.whyNoSandbox()
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    python: ask(findPython(), '--version'),
    cgroups: describeCgroups(host.cgroups),
    bubblewrap: host.bubblewrap === undefined || noSandbox !== undefined ? `none: ${noSandbox}` : ask(host.bubblewrap, '--version'),
    engine,
  }
}

/** The machine in words, one fact each. */
export function describeMachine(machine: Machine): readonly string[] {
  return [
    `${machine.cores} cores (${machine.processor}), ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB of memory`,
    `${machine.system}, cgroups: ${machine.cgroups}`,
    `Node ${machine.node}, ${machine.python}, ${machine.bubblewrap}`,
    machine.engine,
  ]
}

/** What can be held through cgroups, and through which version; the two may be mounted side by side. */
function describeCgroups(cgroups: CgroupHost | undefined): string {
  if (cgroups === undefined) return 'none that can be written to'
  const version = (parent: string): number => (existsSync(join(parent, 'cgroup.controllers')) ? 2 : 1)
  return [...cgroups.parents].map(([controller, parent]) => `${controller} (version ${version(parent)})`).join(', ')
}

function ask(program: string, flag: string): string {
  return execFileSync(program, [flag], { encoding: 'utf8' }).trim()
}

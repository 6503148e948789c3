import { beforeEach, onTestFinished } from 'vitest'
import {
  inspectHost,
  LocalCodeExecutor,
  portableHost,
  type LocalCodeExecutorOptions,
  type LocalHost,
} from '../../src/executors/local/index.ts'

/** This machine, looked at once per test file. */
export const host: LocalHost = inspectHost()

/** Why there is no sandbox here; `undefined` when there is one. */
export const noSandbox: string | undefined = host.whyNoSandbox()

/** Why the kernel holds no limits here; `undefined` when it does. */
export const noCgroups: string | undefined = host.cgroups ? undefined : 'no cgroup can be made here'

/** A local executor that is stopped when the test is over. Isolation is `none` unless the options say otherwise. */
export function makeLocal(options: LocalCodeExecutorOptions = {}, on: LocalHost = host): LocalCodeExecutor {
  const executor = new LocalCodeExecutor({ isolation: 'none', timeoutMs: 30_000, ...options }, on)
  onTestFinished(() => executor.stop().catch(() => {})) // a test that is about stopping looks itself
  return executor
}

/** The same on a machine without cgroups and bubblewrap. */
export function makePortable(options: LocalCodeExecutorOptions = {}): LocalCodeExecutor {
  return makeLocal(options, portableHost())
}

/** The same in a sandbox. Tests that use it skip where {@link noSandbox} says why. */
export function makeSandboxed(options: LocalCodeExecutorOptions = {}): LocalCodeExecutor {
  return makeLocal({ isolation: 'bubblewrap', ...options })
}

/** The ways in which programs are held, each with what makes an executor of it and why it may be missing here. */
export const WAYS = [
  ['no isolation', makeLocal, undefined],
  ['fallbacks', makePortable, undefined],
  ['bubblewrap', makeSandboxed, noSandbox],
] as const

/** Skips the tests around it, with the reason, where something is missing. To be called where tests are registered. */
export function skipBecause(missing: string | undefined): void {
  beforeEach((context) => context.skip(missing !== undefined, missing))
}

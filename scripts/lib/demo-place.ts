import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalCodeExecutorOptions } from '../../src/index.ts'
import { inspectHost } from '../../src/executors/local/index.ts'
import { ROOT } from './paths.ts'

/** Confined where that works; a sandbox is shown this project's packages, so that it has a Node wherever that comes from. */
export function demoPlace(): LocalCodeExecutorOptions {
  const modules = join(ROOT, 'node_modules')
  if (inspectHost().whyNoSandbox() !== undefined) return { isolation: 'none' }
  return { isolation: 'bubblewrap', ...(existsSync(modules) && { readOnlyPaths: [modules] }) }
}

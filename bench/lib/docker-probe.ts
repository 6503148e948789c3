import type { BenchEngine } from './docker-engine.ts'
import { execRaw, withRaw, type RawCommand } from './docker-raw.ts'

/** Why a row cannot run its program in the image: a command that should succeed there does not. `undefined` when it does. */
export async function whyNotInImage(
  engine: BenchEngine,
  { what, argv }: { readonly what: string; readonly argv: RawCommand['argv'] },
): Promise<string | undefined> {
  const { exitCode } = await withRaw(engine, (container) => execRaw(engine, container, { argv, env: {} }))
  return exitCode === 0 ? undefined : `the image ${engine.image} has no ${what}`
}

/** The question whether the image has a program. */
export function programProbe(what: string): { readonly what: string; readonly argv: RawCommand['argv'] } {
  return { what, argv: ['sh', '-c', 'command -v "$1"', 'sh', what] }
}

/** The question whether the image's Python has a module. */
export function moduleProbe(what: string): { readonly what: string; readonly argv: RawCommand['argv'] } {
  return { what, argv: ['python3', '-c', `import ${what}`] }
}

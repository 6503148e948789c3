import type { CodeSource, ExecuteOptions } from '../core/index.ts'
import { invalid } from './checks.ts'

/**
 * A copy of a program that nobody else can change: what a wrapper looked at is what runs, also when it runs later.
 * @throws `INVALID_ARGUMENT` for what is no program
 */
export function snapshot(source: CodeSource): CodeSource {
  if (typeof source === 'string') return source
  if (typeof source !== 'object' || source === null) throw invalid('source', source, 'is neither text nor an object of path to content')
  return Object.fromEntries(
    Object.entries(source).map(([path, content]: [string, unknown]) => {
      if (typeof content === 'string') return [path, content]
      if (content instanceof Uint8Array) return [path, Uint8Array.from(content)]
      throw invalid(`source[${JSON.stringify(path)}]`, content, 'is neither text nor bytes')
    }),
  )
}

/** A copy of the options of a call, likewise. What is of no right type stays as it is, for the executor to refuse. */
export function snapshotOptions<Options extends Omit<ExecuteOptions, 'signal'>>(options: Options): Options {
  const { args, env, stdin } = options
  return {
    ...options,
    ...(Array.isArray(args) && { args: [...args] }),
    ...(typeof env === 'object' && env !== null && { env: { ...env } }),
    ...(stdin instanceof Uint8Array && { stdin: Uint8Array.from(stdin) }),
  }
}

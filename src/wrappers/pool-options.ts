import { assertKnownKeys, type CodeExecutor } from '../core/index.ts'
import { assertFunction, invalid, readCount } from './checks.ts'

/** Options of `createExecutorPool`. */
export interface ExecutorPoolOptions {
  /**
   * Makes an executor, a new one each time; the pool starts it, and stops it in the end. `signal` fires when the pool is
   * stopped meanwhile. Something that is made in spite of it is stopped at once.
   */
  readonly create: (options: { readonly signal: AbortSignal }) => CodeExecutor | Promise<CodeExecutor>
  /** How many executors there are, and so how many calls go at once. */
  readonly size: number
  /** Calls that may wait; one more is refused with `BACKEND_REJECTED`. @defaultValue Infinity */
  readonly maxQueue?: number
  /** Uses after which an executor is replaced. A call is a use, and so is a `use`. @defaultValue Infinity */
  readonly maxUses?: number
  /**
   * What happens to an executor between two uses, before anybody else gets it: nothing, `restart()`, a new executor, a
   * cleaned place or a fresh one if the executor knows how ({@link RecyclableExecutor}), or a function of yours. One that
   * cannot be recycled is replaced. With `'none'` a call finds the files of calls before it.
   * @defaultValue 'none'
   */
  readonly recycle?: 'none' | 'restart' | 'replace' | 'workspace' | 'container' | ((executor: CodeExecutor) => Promise<void>)
  /** What the pool calls itself in errors and logs. @defaultValue 'pool' */
  readonly name?: string
}

/** An executor that knows ways of its own to be made as good as new between two uses. */
export interface RecyclableExecutor extends CodeExecutor {
  /** The ways it knows. */
  readonly recyclings: readonly string[]
  /** Makes it as good as new; rejects when it could not, and is then to be replaced. */
  recycle(how: string): Promise<void>
}

/** {@link ExecutorPoolOptions} after checking, with the defaults applied. */
export type ResolvedPoolOptions = Required<ExecutorPoolOptions>

const NAMES = ['create', 'size', 'maxQueue', 'maxUses', 'recycle', 'name'] as const satisfies readonly (keyof ExecutorPoolOptions)[]

const RECYCLING: readonly unknown[] = ['none', 'restart', 'replace', 'workspace', 'container']

/** @throws `INVALID_ARGUMENT` */
export function readPoolOptions(options: ExecutorPoolOptions): ResolvedPoolOptions {
  assertKnownKeys(options, NAMES, 'options')
  const { create, recycle = 'none', name = 'pool' } = options
  assertFunction(create, 'options.create')
  if (typeof recycle !== 'function' && !RECYCLING.includes(recycle)) {
    throw invalid('options.recycle', recycle, `must be one of ${RECYCLING.join(', ')}, or a function`)
  }
  if (typeof name !== 'string' || name === '') throw invalid('options.name', name, 'must be text')
  return {
    create,
    size: readCount(options.size, 'options.size', 1),
    maxQueue: readCount(options.maxQueue, 'options.maxQueue', 0, Infinity),
    maxUses: readCount(options.maxUses, 'options.maxUses', 1, Infinity),
    recycle,
    name,
  }
}

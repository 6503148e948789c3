import { LocalBackend } from '../../src/executors/local/local-backend.ts'
import { PreparedShell } from '../../src/executors/local/prepared-shell.ts'
import { ShellStock } from '../../src/executors/local/shell-stock.ts'

/** The parts of a run in their order, and what was done at the same time. */
export const PHASES = [
  'check and queue',
  'write files',
  'take a shell',
  'launch',
  'program',
  'after its exit',
  'remove files',
  'make the result',
] as const

/** One part of a run. */
export type Phase = (typeof PHASES)[number]

/** The moments that part a run. */
type Moment = 'begin' | 'write' | 'written' | 'run' | 'taken' | 'launched' | 'exited' | 'ran' | 'removed' | 'end'

const BOUNDS: Readonly<Record<Phase, readonly [Moment, Moment]>> = {
  'check and queue': ['begin', 'write'],
  'write files': ['write', 'written'],
  'take a shell': ['run', 'taken'],
  launch: ['taken', 'launched'],
  program: ['launched', 'exited'],
  'after its exit': ['exited', 'ran'],
  'remove files': ['ran', 'removed'],
  'make the result': ['removed', 'end'],
}

/**
 * Notes when a run of the local executor gets from one part to the next, by listening in on the calls between its
 * classes. One run at a time, in a process that does nothing else.
 */
export class PhaseClock {
  #moments = new Map<Moment, number>()

  constructor() {
    const note = (moment: Moment): void => void this.#moments.set(moment, performance.now())
    around(
      LocalBackend.prototype,
      'writeFiles',
      () => note('write'),
      () => note('written'),
    )
    around(
      LocalBackend.prototype,
      'runCommand',
      () => note('run'),
      () => note('ran'),
    )
    around(
      LocalBackend.prototype,
      'remove',
      () => {},
      () => note('removed'),
    )
    around(
      ShellStock.prototype,
      'take',
      () => {},
      () => note('taken'),
    )
    around(
      PreparedShell.prototype,
      'launch',
      (shell) => void shell.exited.then(() => note('exited')),
      () => note('launched'),
    )
  }

  /** Does one run and returns how long each part took, in milliseconds. */
  async measure(run: () => Promise<void>): Promise<Readonly<Record<Phase, number>>> {
    this.#moments = new Map([['begin', performance.now()]])
    await run()
    this.#moments.set('end', performance.now())
    const at = (moment: Moment): number => {
      const time = this.#moments.get(moment)
      if (time === undefined) throw new Error(`no run came past '${moment}': the executor has changed, and this clock has to follow`)
      return time
    }
    return Object.fromEntries(PHASES.map((phase) => [phase, at(BOUNDS[phase][1]) - at(BOUNDS[phase][0])])) as Record<Phase, number>
  }
}

/** Has `before` and `after` called around a method, `after` when the promise it returns has settled. */
function around<T extends object>(prototype: T, name: keyof T & string, before: (self: T) => void, after: () => void): void {
  const original = prototype[name] as (...args: unknown[]) => unknown
  const replacement = function (this: T, ...args: unknown[]): unknown {
    before(this)
    const result = original.apply(this, args)
    if (result instanceof Promise) return result.finally(after)
    after()
    return result
  }
  Object.defineProperty(prototype, name, { value: replacement })
}

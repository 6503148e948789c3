import type { CommandResult } from '../../core/index.ts'
import { RunningCommand, type BackgroundRun } from './background-command.ts'
import { NotStarted } from './not-started.ts'

/** Of the commands that ended, as many are kept, with what they printed last. */
const MOST_ENDED = 16

/** The commands of an executor that run in the background, and those that did. */
export class BackgroundCommands {
  readonly #most: number
  readonly #outputBytes: number
  readonly #commands = new Map<string, RunningCommand>()
  #started = 0

  constructor(most: number, outputBytes: number) {
    this.#most = most
    this.#outputBytes = outputBytes
  }

  /** Starts one, unless too many run: then it has ended before it began. */
  add(command: string, work: (run: BackgroundRun) => Promise<CommandResult>): RunningCommand {
    this.#started += 1
    const mayRun = this.#running < this.#most
    const added = new RunningCommand(`bg-${this.#started}`, command, this.#outputBytes, mayRun ? work : (run) => this.#refuse(run))
    this.#commands.set(added.id, added)
    this.#forgetOldest()
    return added
  }

  find(id: string): RunningCommand | undefined {
    return this.#commands.get(id)
  }

  list(): readonly RunningCommand[] {
    return [...this.#commands.values()]
  }

  /** Forgets those that are over: the place in which they ran is gone. */
  forgetEnded(): void {
    for (const command of this.list()) if (command.status !== 'running') this.#commands.delete(command.id)
  }

  get #running(): number {
    return this.list().filter(({ status }) => status === 'running').length
  }

  #forgetOldest(): void {
    const ended = this.list().filter(({ status }) => status !== 'running')
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) this.#commands.delete(id)
  }

  async #refuse(run: BackgroundRun): Promise<CommandResult> {
    const running = this.list().flatMap(({ id, status }) => (status === 'running' ? [id] : []))
    const message = `At most ${this.#most} commands run in the background at once, and these do: ${running.join(', ')}.`
    const why = new NotStarted('too_many_commands', message)
    run.onError(Buffer.from(why.text))
    return why.toResult()
  }
}

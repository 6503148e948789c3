import { CodeExecutorError } from '../core/index.ts'
import type { Language, Toolchain } from '../languages/index.ts'
import type { CommandPlace } from './command-place.ts'

/** A toolchain whose programs are all there, and where they are. */
export interface FoundToolchain {
  readonly toolchain: Toolchain
  readonly programs: ReadonlyMap<string, string>
}

/** Finds which way of running a language a place has. What was found is remembered; what was missing is looked for again. */
export class ToolchainFinder {
  readonly #place: CommandPlace
  readonly #executor: string
  readonly #found = new Map<Language, FoundToolchain>()

  constructor(place: CommandPlace, executor: string) {
    this.#place = place
    this.#executor = executor
  }

  /** @throws `LANGUAGE_UNAVAILABLE` with what was looked for and what provides it */
  async find(language: Language, signal: AbortSignal): Promise<FoundToolchain> {
    const known = this.#found.get(language)
    if (known) return known
    for (const toolchain of language.toolchains) {
      const programs = await this.#locate(toolchain.programs, signal)
      if (programs === undefined) continue
      const found = { toolchain, programs }
      this.#found.set(language, found)
      return found
    }
    throw unavailable(language, this.#executor)
  }

  /** Looks again from now on: the place is a new one. */
  forget(): void {
    this.#found.clear()
  }

  async #locate(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string> | undefined> {
    const programs = new Map<string, string>()
    for (const name of names) {
      const path = await this.#place.findProgram(name, signal)
      if (path === undefined) return undefined
      programs.set(name, path)
    }
    return programs
  }
}

/** The error for a language that a place does not have. */
export function unavailable(language: Language, executor: string): CodeExecutorError<'LANGUAGE_UNAVAILABLE'> {
  const tried = language.toolchains.map((toolchain) => toolchain.programs.join(' with '))
  const { debian = [], npm = [], other } = language.packages
  const ways = [
    debian.length > 0 ? `apt-get install ${debian.join(' ')}` : undefined,
    npm.length > 0 ? `npm install --global ${npm.join(' ')}` : undefined,
    other,
  ].filter((way) => way !== undefined)
  const get = ways.length > 0 ? ` Get it: ${ways.join(', or ')}.` : ''
  return new CodeExecutorError(
    'LANGUAGE_UNAVAILABLE',
    `The ${executor} executor has no ${language.title}: looked for ${tried.join(', ')}.${get}`,
    { language: language.name, tried, packages: [...debian, ...npm] },
  )
}

import type { CodeSource, Phase } from '../core/index.ts'

/**
 * The programs that show that a language works in a place. A language counts as supported where all of them pass; one
 * that it cannot express is absent, with the reason.
 */
export interface LittlePrograms {
  /** Prints `hello`. */
  readonly hello: LittleProgram
  /** Copies standard input to standard output. */
  readonly echo: LittleProgram
  /** Prints each argument on a line of its own. */
  readonly args: LittleProgram
  /** Prints `leaving`, then exits with 3. */
  readonly exit3: LittleProgram
  /** Two files or modules, as users of the language expect them to work; prints `42`. */
  readonly twoFiles: LittleProgram
  /** Is wrong: a non-zero exit and a message, from the phase that is named. */
  readonly broken: LittleProgram & { readonly phase?: Phase }
  /** Prints {@link UNICODE_LINE}. */
  readonly unicode: LittleProgram
}

/** A program, or why the language has none of the kind. */
export type LittleProgram =
  | { readonly source: CodeSource; readonly entryPoint?: string; readonly absent?: undefined }
  | { readonly absent: string; readonly source?: undefined }

/** Accents, a check mark, CJK and a character outside the basic plane. */
export const UNICODE_LINE = 'héllo wörld ✓ 世界 😀'

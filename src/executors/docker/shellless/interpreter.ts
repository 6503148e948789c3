import { PYTHON_TOOLS } from './tools-script.ts'

/** Where images without a shell have an interpreter that can do the shell's work. */
const PROGRAMS = ['python3', '/usr/bin/python3', '/usr/local/bin/python3', '/usr/bin/python', '/opt/python/bin/python3']

/** The beginning of a command that does one of the shell's works; what comes then is in {@link PYTHON_TOOLS}. */
export type Tools = readonly [program: string, ...args: string[]]

/** What may be there to do the shell's work, in the order in which it is tried. */
export const CANDIDATES: readonly Tools[] = PROGRAMS.map((program) => [program, '-I', '-c', PYTHON_TOOLS])

/** The names of those, for an error. */
export const CANDIDATE_NAMES = PROGRAMS.join(', ')

import { NODE_TOOLS } from './node-tools.ts'
import { PYTHON_TOOLS } from './python-tools.ts'

/** Where images without a shell have an interpreter that can do the shell's work. */
const PYTHONS = ['python3', '/usr/bin/python3', '/usr/local/bin/python3', '/usr/bin/python', '/opt/python/bin/python3']
const NODES = ['node', '/nodejs/bin/node', '/usr/bin/node', '/usr/local/bin/node']

/** The beginning of a command that does one of the shell's works; what comes then is in {@link PYTHON_TOOLS}. */
export type Tools = readonly [program: string, ...args: string[]]

/** What may be there to do the shell's work, in the order in which it is tried. */
export const CANDIDATES: readonly Tools[] = [
  ...PYTHONS.map((program): Tools => [program, '-I', '-c', PYTHON_TOOLS]),
  ...NODES.map((program): Tools => [program, '-e', NODE_TOOLS]),
]

/** The names of those, for an error. */
export const CANDIDATE_NAMES = [...PYTHONS, ...NODES].join(', ')

import { WAITING_FILE } from '../supervisor/holder-script.ts'
import { waitingScript, type ScriptPlace } from '../supervisor/launch-script.ts'
import { encodeLengths, type ForkRequest } from './fork-request.ts'
import { canBecome, matchesAny, READ_AT_START, type Variables } from './start-variables.ts'

/** An order that nobody can follow: what waits ends by it. */
export const END_WAITING = encodeLengths([])

/** What the interpreter is told to run. No such file is there, and a run sees the name only in its own command line. */
const SCRIPT_NAME = '/polyrun/preload'
/** What is run as a script, and is nothing else to Node. */
const SCRIPT = /^[^-].*\.[cm]?js$/s
/** More input is handed on in the plain way. */
const MOST_INPUT_BYTES = 64 * 1024

/** What a Node that waits is started with. */
export interface WaitingNodeSetup {
  /** The interpreter, as runs name it. */
  readonly node: string
  /** Variables on top of what every process in the place has. */
  readonly env: Variables
}

/**
 * A Node that has started, and waits for the script that it is to run; see `WAITING_NODE`. It is used once, and each run is in
 * a process of its own.
 *
 * What a run can see of it: its command line in `/proc` is not that of the run, and its clock began earlier
 * (`performance.now()`, `process.uptime()`).
 */
export class WaitingNode {
  /** What lets a prepared shell become one. */
  readonly script: Buffer
  readonly #setup: WaitingNodeSetup

  constructor(setup: WaitingNodeSetup, place: ScriptPlace) {
    this.#setup = setup
    const argv = [setup.node, SCRIPT_NAME] as const
    this.script = waitingScript(place, { argv, env: setup.env, options: ['NODE_OPTIONS', `--require ${WAITING_FILE}`] })
  }

  /** Whether a run of this request would be what a new process is. If not, start one. */
  canRun({ argv, env, stdin }: ForkRequest): boolean {
    const [program, script = '', ...args] = argv
    const words = [script, ...args, ...Object.entries(env).flat()]
    return (
      program === this.#setup.node &&
      SCRIPT.test(script) &&
      !words.some((word) => word.includes('\0')) &&
      (stdin?.byteLength ?? 0) <= MOST_INPUT_BYTES &&
      canBecome(this.#setup.env, env, (name) => matchesAny(name, READ_AT_START.node))
    )
  }
}

/** The request as `WAITING_NODE` reads it. */
export function encodeOrder({ argv, env, cwd, umask, stdin = new Uint8Array(), source }: ForkRequest): Buffer {
  const fields = Buffer.from(JSON.stringify({ cwd, umask, argv: argv.slice(1), env, writes: source !== undefined }))
  const parts = [fields, stdin, source ?? new Uint8Array()]
  return Buffer.concat([encodeLengths(parts), ...parts])
}

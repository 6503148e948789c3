import { CodeExecutorError } from '../../../core/index.ts'
import type { CommandLine } from '../../../languages/index.ts'
import { FORK_SERVER } from './fork-server-script.ts'

/** What the interpreter is told to run. No such file is there, and a run sees the name only in its own command line. */
const SCRIPT_NAME = '/polyrun/preload'
const MODULE_NAME = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/

/**
 * Becomes an interpreter in whose start the fork server runs. Python looks for `sitecustomize` on its path, which may be an
 * archive, which may be in memory. Descriptor 0 becomes what a program without input has, since Python makes `sys.stdin` of
 * it before the server runs.
 */
const START = `
import os, sys, zipfile
python, modules, ahead, server = sys.argv[1:]
descriptor = os.memfd_create('polyrun', 0)
archive = f'/proc/self/fd/{descriptor}'
control = os.dup(0)
os.set_inheritable(control, True)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
given = os.environ.get('PYTHONPATH')
settings = dict(CONTROL=control, ARCHIVE=archive, PYTHONPATH=given, MODULES=modules.split(','), AHEAD=int(ahead), SCRIPT='${SCRIPT_NAME}')
with zipfile.ZipFile(os.fdopen(descriptor, 'wb', closefd=False), 'w') as file:
    file.writestr('sitecustomize.py', f'globals().update({settings!r})\\n{server}')
os.environ['PYTHONPATH'] = f'{archive}:{given}' if given else archive
os.execvp(python, [python, '${SCRIPT_NAME}'])
`

/**
 * The command line of a fork server. It needs no file; its interpreter is the one that runs would be given to. `aheadBytes`
 * is how much of its memory is copied ahead of a run.
 * @throws `INVALID_ARGUMENT` for no modules, and for a name that no module can have
 */
export function forkServerCommand(python: string, modules: readonly string[], aheadBytes = 0): CommandLine {
  const wrong = modules.length === 0 ? modules : modules.find((name) => !MODULE_NAME.test(name))
  if (wrong === undefined) return [python, '-c', START, python, modules.join(','), String(aheadBytes), FORK_SERVER]
  throw new CodeExecutorError(
    'INVALID_ARGUMENT',
    `preload takes names of Python modules such as numpy or os.path, not ${JSON.stringify(wrong)}. Name at least one, as an import does.`,
    { argument: 'preload', value: wrong },
  )
}

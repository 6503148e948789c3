import type { KernelWords, Surrounding } from '../language.ts'

/** JSON texts, lists and objects of texts are literals of Python, too. */
const literal = (value: unknown): string => JSON.stringify(value)

/**
 * A kernel tells whose output something is by a context variable, which threads do not have before Python 3.14: what one prints
 * after its cell has ended would be the next cell's. So threads get the context in which they are started, and the work of
 * a pool that in which it was handed in.
 */
const THREADS_KEEP_CONTEXT = `
import contextvars, functools, threading
from concurrent.futures import ThreadPoolExecutor
start, submit = threading.Thread.start, ThreadPoolExecutor.submit
@functools.wraps(start)
def start_in_context(self):
    self.run = functools.partial(contextvars.copy_context().run, self.run)
    return start(self)
@functools.wraps(submit)
def submit_in_context(self, fn, /, *args, **kwargs):
    return submit(self, contextvars.copy_context().run, fn, *args, **kwargs)
threading.Thread.start, ThreadPoolExecutor.submit = start_in_context, submit_in_context
`

export const PYTHON_IN_KERNEL: KernelWords = {
  setup: `exec(${literal(THREADS_KEEP_CONTEXT)}, {})`,
  // Its own `__name__` is `__main__` already. The directory of the file comes first, as with a command line.
  runFile: (path) =>
    [
      `__file__ = ${literal(path)}`,
      `__import__('sys').path.insert(0, __import__('os').path.dirname(__import__('os').path.abspath(__file__)))`,
      `exec(compile(__import__('pathlib').Path(__file__).read_bytes(), __file__, 'exec'))`,
    ].join('\n'),
  withArguments: (args) => ({
    before: `import sys as _s; _s._polyrun_argv = _s.argv; _s.argv = [_s.argv[0], *${literal(args)}]; del _s`,
    after: `import sys as _s; _s.argv = _s.__dict__.pop('_polyrun_argv', _s.argv); del _s`,
  }),
  withEnvironment: (env) => ({
    before: `import os as _o; _o._polyrun_env = {n: _o.environ.get(n) for n in ${literal(Object.keys(env))}}; _o.environ.update(${literal(env)}); del _o`,
    after: `import os as _o; [_o.environ.pop(n, None) if v is None else _o.environ.__setitem__(n, v) for n, v in _o.__dict__.pop('_polyrun_env', {}).items()]; del _o`,
  }),
}

export const R_IN_KERNEL: KernelWords = {
  runFile: (path) => `source(${rText(path)}, print.eval = TRUE)`,
  withEnvironment(env) {
    const names = `c(${Object.keys(env).map(rText).join(', ')})`
    const set = Object.entries(env).map(([name, value]) => `${rName(name)} = ${rText(value)}`)
    return {
      before: `options(polyrun.env = Sys.getenv(${names}, unset = NA, names = TRUE)); invisible(Sys.setenv(${set.join(', ')}))`,
      after: `local({ old <- getOption('polyrun.env'); for (n in names(old)) if (is.na(old[[n]])) Sys.unsetenv(n) else do.call(Sys.setenv, as.list(old[n])); options(polyrun.env = NULL) })`,
    }
  },
}

export const BASH_IN_KERNEL: KernelWords = {
  runFile: (path) => `. ${shellText(path.startsWith('/') ? path : `./${path}`)}`,
  withArguments: (args) => ({ before: `set -- ${args.map(shellText).join(' ')}`, after: 'set --' }),
  withEnvironment: (env) => surroundShell(Object.entries(env)),
}

function surroundShell(variables: readonly (readonly [string, string])[]): Surrounding {
  const before = variables.map(
    ([name, value]) => `_polyrun_had_${name}="\${${name}+x}"; _polyrun_was_${name}="\${${name}-}"; export ${name}=${shellText(value)}`,
  )
  const after = variables.map(
    ([name]) =>
      `if [ -n "$_polyrun_had_${name}" ]; then export ${name}="$_polyrun_was_${name}"; else unset ${name}; fi; unset _polyrun_had_${name} _polyrun_was_${name}`,
  )
  return { before: before.join('; '), after: after.join('; ') }
}

/** JSON's escapes are those of R's double-quoted texts; `\u` and all. */
function rText(text: string): string {
  return JSON.stringify(text)
}

function rName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

function shellText(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

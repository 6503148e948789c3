/** A program that has to do the same whether its process is new or a fork. */
export interface TwinProgram {
  readonly main: string
  readonly files?: Readonly<Record<string, string>>
  readonly script?: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** Ends in every way that Python has. */
const ENDS: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'sys.exit()': 'import sys; sys.exit()',
  'sys.exit(3)': 'import sys; sys.exit(3)',
  'sys.exit(300)': 'import sys; sys.exit(300)',
  'sys.exit(-1)': 'import sys; sys.exit(-1)',
  'sys.exit(2**40)': 'import sys; sys.exit(2**40)',
  'sys.exit of a text': "import sys; sys.exit('that was it: \\xe9')",
  'sys.exit of an object': 'import sys; sys.exit((1, 2))',
  'exit() of the site module': 'exit(4)',
  'SystemExit with a code set later': 'e = SystemExit(1); e.code = 9; raise e',
  'os._exit': "import os, sys; sys.stdout.write('lost'); os._exit(7)",
  KeyboardInterrupt: 'raise KeyboardInterrupt',
  'SIGINT to itself': 'import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(60)',
  'SIGTERM to itself': 'import os, signal, time; os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)',
  'SIGHUP to its group': 'import os, signal, time; os.kill(0, signal.SIGHUP); time.sleep(60)',
  SIGKILL: 'import os; os.kill(os.getpid(), 9)',
  'a crash': 'import ctypes; ctypes.string_at(0)',
  'os.abort': "import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); print('x', flush=True); os.abort()",
  'the alarm': 'import signal, time; signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(60)',
  'the limit of processor time': 'import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass',
}

/** Errors, with the text that goes with them. */
const ERRORS: Readonly<Record<string, string>> = {
  'an exception in a function': 'def f(x):\n    return 1 / x\n\nf(0)\n',
  'an exception with its cause': "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('no') from e\n",
  'an exception while another is handled': "try:\n    {}['a']\nexcept KeyError:\n    undefined\n",
  'a group of exceptions': "raise ExceptionGroup('g', [ValueError(1), TypeError('x')]) if 'ExceptionGroup' in dir(__builtins__) else 1",
  'an exception with notes': "e = ValueError('a')\nif hasattr(e, 'add_note'): e.add_note('b')\nraise e",
  'a recursion without end': 'def f(): f()\nf()',
  'a syntax error': 'print(1)\nif True print(2)\n',
  'an indentation error': 'def f():\nreturn 1\n',
  'a source that is no UTF-8': '# \u00e9\nx = "caf\ud800"\n',
  'a warning':
    "import warnings\nwarnings.warn('old', DeprecationWarning)\nwarnings.warn('look')\n\ndef f(): warnings.warn('up', stacklevel=2)\nf()",
  'an excepthook of its own': "import sys\nsys.excepthook = lambda *a: print('hook', a[0], a[1], a[2].tb_frame.f_back)\n1/0",
  'a broken excepthook': 'import sys\nsys.excepthook = lambda *a: 1/0\nraise ValueError(1)',
  'a hint for a wrong name': 'import sys\nsys.exot()',
  'an exception nobody can raise': "class A:\n    def __del__(self): raise ValueError('in del')\na = A()\ndel a",
  'traceback.print_stack': 'import traceback\ndef f(): traceback.print_stack()\nf()',
  'logging with a place':
    "import logging\nlogging.basicConfig(format='%(pathname)s %(lineno)d %(funcName)s %(message)s')\nlogging.warning('w')",
  'a failed assertion': 'assert 1 == 2, "never"',
}

/** What happens after the last line of a program. */
const LAST_THINGS: Readonly<Record<string, string>> = {
  'exit handlers in their order': "import atexit\nfor i in range(3): atexit.register(print, 'bye', i)\nprint('end')",
  'an exception in an exit handler': 'import atexit\natexit.register(lambda: 1/0)\nprint(1)',
  'an exit code from an exit handler': 'import atexit, os\natexit.register(os._exit, 5)',
  'a thread that lives longer':
    "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.1), print('late'))).start()\nprint('main')",
  'a daemon thread': 'import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()',
  'an exception in a thread': 'import threading\nt = threading.Thread(target=lambda: 1/0, name="T")\nt.start(); t.join()',
  'the end of objects':
    "class A:\n    def __init__(self, n): self.n = n\n    def __del__(self): print('gone', self.n)\na = A(1)\nb = A(2); b.b = b",
  'an executor of threads':
    "from concurrent.futures import ThreadPoolExecutor\np = ThreadPoolExecutor(2)\nf = p.submit(print, 'in a thread')",
  'output without a line end': "import sys\nsys.stdout.write('o' * 10000)\nsys.stderr.write('e' * 10000)",
  'a closed standard output': "import sys\nprint('x')\nsys.stdout.close()",
  'a closed descriptor 1': "import os\nprint('x')\nos.close(1)",
  'a file that nobody closed':
    "f = open('left.txt', 'w')\nf.write('x')\nimport atexit, os\natexit.register(lambda: print(os.path.getsize('left.txt')))",
  'the end of objects that a module has': `import json
class A:
    def __init__(self, n): self.n = n
    def __del__(self): print('gone', self.n, json.dumps([1]), flush=True)
here = A('here')
there = {A('key'): [A('value')]}`,
  'an exit handler that looks at modules':
    "import atexit, sys, json\natexit.register(lambda: print('json' in sys.modules, json.dumps({})))",
  'an import at the very end':
    "class A:\n    def __del__(self):\n        import json, sqlite3\n        print('imported', json.dumps([]))\na = A()\na.me = a",
  'a module that a program took out': "import sys, json\ndel sys.modules['json']\nimport json as other\nprint(other is json)",
  'an unawaited coroutine': 'async def f(): pass\nf()',
}

/** What a program can find out about its process. */
const STATE: Readonly<Record<string, string>> = {
  'its main module': `import sys, builtins
print(sorted(globals()), __name__, __file__, __spec__, __doc__, __package__, type(__loader__), __loader__.path, __loader__.name)
print(__builtins__ is builtins, sys.modules['__main__'].__dict__ is globals(), sys._getframe().f_back)
print(sys.argv, sys.path, getattr(sys, 'orig_argv', None), sys.executable, sys.prefix, sys.base_prefix)
print(sys.flags, sys._xoptions, sys.warnoptions, sys.hash_info, sys.getrecursionlimit(), sys.getswitchinterval())
print(sys.path_hooks, sys.meta_path, 'sitecustomize' in sys.modules, 'usercustomize' in sys.modules)
print(sys.gettrace(), sys.getprofile(), sys.excepthook, sys.displayhook, sys.breakpointhook, sys.dont_write_bytecode)`,
  'its streams': `import sys
for f in (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__):
    print(f.name, f.mode, f.encoding, f.errors, f.newlines, f.line_buffering, f.write_through, f.fileno(), f.isatty(), f.seekable(), repr(f))
    print(type(f.buffer), type(getattr(f.buffer, 'raw', None)), f.buffer.name, getattr(f.buffer, 'mode', None), getattr(f.buffer, 'raw', f.buffer))
print(sys.stdin is sys.__stdin__, sys.stdin.buffer.raw.closefd, sys.stdin.buffer.raw._blksize)`,
  'its signals': `import signal
print([(s, signal.getsignal(s)) for s in sorted(signal.valid_signals()) if s not in (32, 33)])
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.set_wakeup_fd(-1))
print([l for l in open('/proc/self/status') if l.startswith(('SigPnd', 'SigBlk', 'SigIgn', 'SigCgt', 'Shd', 'NoNew', 'Seccomp:', 'Cap', 'Uid', 'Gid', 'Groups', 'Umask', 'Threads'))])`,
  'its descriptors': `import os, stat
print(sorted(os.listdir('/proc/self/fd')))
for n in range(3): s = os.fstat(n); print(stat.S_IFMT(s.st_mode), os.get_inheritable(n), os.get_blocking(n))
print(os.open('/dev/null', 0))`,
  'its session': 'import os\np = os.getpid()\nprint(os.getsid(0) == p, os.getpgrp() == p, os.getcwd())',
  'its limits': 'import resource\nprint([(n, resource.getrlimit(getattr(resource, n))) for n in dir(resource) if n.startswith("RLIMIT")])',
  'its environment':
    "import os\nprint(sorted(os.environ.items()), sorted(os.environb) == sorted(os.fsencode(k) for k in os.environ), os.getenv('A'))\nos.system('env | sort | grep -v ^_=')",
  'its share of time':
    'import time, os, resource\nprint(time.process_time() < 5, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, os.times().children_user)',
  'that others may look into it': 'import ctypes\nprint(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))',
  'its own source':
    'import inspect, linecache\ndef f():\n    return 1\nprint(inspect.getsource(f), linecache.getline(__file__, 1), inspect.stack()[0].filename, len(inspect.stack()))',
  'threads that it has':
    'import threading\nt = threading.main_thread()\nprint(t, threading.current_thread() is t, threading.active_count(), t.native_id == threading.get_native_id())',
  'the collector': 'import gc\nprint(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks)',
  'locale and time': 'import locale, time\nprint(locale.setlocale(locale.LC_ALL), time.tzname, time.strftime("%H", time.localtime(0)))',
  'its name to the kernel': "print(open('/proc/self/comm').read(), __import__('sys').argv[0])",
}

/** Modules that take a close look at the process they are in. */
const LIBRARIES: Readonly<Record<string, string>> = {
  'multiprocessing by spawn': `import multiprocessing as m
def f(x): return x * x
if __name__ == '__main__':
    with m.get_context('spawn').Pool(1) as p: print(p.map(f, range(4)))`,
  'multiprocessing by fork': `import multiprocessing as m
def f(q): q.put(m.current_process().name)
if __name__ == '__main__':
    c = m.get_context('fork'); q = c.Queue(); p = c.Process(target=f, args=(q,)); p.start(); print(q.get()); p.join(); print(p.exitcode, m.current_process())`,
  'a pool of processes': `from concurrent.futures import ProcessPoolExecutor
def f(x): return x + 1
if __name__ == '__main__':
    with ProcessPoolExecutor(1) as p: print(list(p.map(f, range(3))))`,
  'os.fork': "import os, sys\np = os.fork()\nif p == 0:\n    print('child'); sys.exit(4)\nprint(os.waitpid(p, 0)[1])",
  subprocess: `import subprocess, sys
print(subprocess.run([sys.executable, '-c', 'import sys, os; print(sys.path[1:], os.environ.get("PYTHONPATH"), sys.argv)'], capture_output=True).stdout)
subprocess.run('echo direct; exit 3', shell=True, check=False)`,
  asyncio: `import asyncio
async def main():
    p = await asyncio.create_subprocess_exec('echo', 'hello', stdout=asyncio.subprocess.PIPE)
    print(await p.communicate(), await p.wait())
asyncio.run(main())`,
  pickle: 'import pickle\nclass A: pass\nprint(pickle.dumps(A()), pickle.loads(pickle.dumps(A())).__class__ is A, A.__module__)',
  unittest:
    "import unittest\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(1, 1)\nunittest.main(argv=['x'], exit=False, verbosity=0) if False else unittest.TextTestRunner(stream=open('/dev/null', 'w')).run(unittest.defaultTestLoader.loadTestsFromName('__main__'))\nprint(T)",
  runpy: "import runpy\nopen('other.py', 'w').write('print(__name__, __file__)')\nrunpy.run_path('other.py', run_name='x')",
  doctest: 'def f():\n    """\n    >>> f()\n    2\n    """\n    return 1\nimport doctest\nprint(doctest.testmod())',
  faulthandler: 'import faulthandler, sys\nfaulthandler.dump_traceback(sys.stdout)' + '\n' + 'print(faulthandler.is_enabled())',
}

const rows = (group: Readonly<Record<string, string>>): readonly (readonly [string, TwinProgram])[] =>
  Object.entries(group).map(([name, main]) => [name, { main }])

/** Every program, by what is special about it. */
export const TWIN_PROGRAMS: readonly (readonly [string, TwinProgram])[] = [
  ...rows(ENDS),
  ...rows(ERRORS),
  ...rows(LAST_THINGS),
  ...rows(STATE),
  ...rows(LIBRARIES),
  ['input', { main: 'import sys\nprint(input(), sys.stdin.readline(), sys.stdin.read())', stdin: 'a\nb\nc\nd' }],
  ['input to an end', { main: 'print(input())\ninput()', stdin: 'only\n' }],
  ['no input', { main: "import sys\nprint(repr(sys.stdin.read()), sys.stdin.seekable())\ninput('prompt ')" }],
  ['streams with input', { main: STATE['its streams'] ?? '', stdin: 'x' }],
  ['descriptors with input', { main: "import os\nprint(sorted(os.listdir('/proc/self/fd')), os.get_blocking(0))", stdin: 'x' }],
  [
    'much input',
    {
      main: 'import sys, hashlib\nd = sys.stdin.buffer.read()\nprint(len(d), hashlib.md5(d).hexdigest())',
      stdin: 'line\n'.repeat(300_000),
    },
  ],
  ['much input that is not read', { main: 'print(1)', stdin: 'line\n'.repeat(300_000) }],
  ['much input and a closed standard input', { main: "import os\nos.close(0)\nprint('done')", stdin: 'line\n'.repeat(300_000) }],
  ['arguments', { main: 'import sys\nprint(sys.argv)', args: ['', 'a b', 'é\n$HOME', '-x', '--', '-c'] }],
  [
    'a path in a folder',
    {
      main: 'import sys\nprint(__file__, sys.path[0])\n1/0',
      script: 'a/../a/deep/x.py',
      files: { 'a/deep/x.py': 'import sys\nprint(__file__, sys.argv, sys.path[0])\n1/0' },
    },
  ],
  ['a name with spaces', { main: '', script: 'an odd näme.txt', files: { 'an odd näme.txt': 'print(__file__)\n1/0' } }],
  [
    'a folder as a program',
    {
      main: '',
      script: 'app',
      files: { 'app/__main__.py': 'import sys\nprint(__name__, __file__, __spec__, sys.path[0], sys.argv)\n1/0' },
    },
  ],
  ['no such program', { main: '', script: 'gone.py' }],
  [
    'a module beside it',
    { main: 'import beside\nprint(beside.x, beside.__file__)\nbeside.f()', files: { 'beside.py': 'x = 1\ndef f(): 1/0\n' } },
  ],
  ['a broken module beside it', { main: 'import broken', files: { 'broken.py': 'def (:' } }],
  ['a package beside it', { main: 'from pack import part\nprint(part.__name__)', files: { 'pack/__init__.py': '', 'pack/part.py': '' } }],
  ['a variable', { main: "import os\nprint(os.environ['A'], os.environ['B C'])", env: { A: 'é\n=', 'B C': '' } }],
  [
    'a time zone',
    {
      main: 'import time, datetime\nprint(time.tzname, time.localtime(0).tm_hour, datetime.datetime.fromtimestamp(0))',
      env: { TZ: 'Asia/Tokyo' },
    },
  ],
  ['a source with an encoding', { main: '# -*- coding: latin-1 -*-\nprint("\u00c3")' }],
  ['a source with a byte order mark', { main: '\ufeffprint("x")\r\nprint(1)\r\n' }],
  ['a debugger without input', { main: 'breakpoint()\nprint(1)' }],
]

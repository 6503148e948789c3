import { FORKED_PROCESS } from './forked-process-script.ts'
import { SURROUNDINGS } from './surroundings-script.ts'

// The program that runs as the fork server, once `fork-server-start.ts` has made an interpreter that begins with it. It needs
// CPython 3.9 or newer with ctypes, on Linux, and no file.
//
// A run must not be able to tell that its process was forked, and the one way to be sure is that the interpreter itself
// starts the script. So the server is a `sitecustomize` module: it runs in the middle of Python's own start, after the paths
// are set and before the script is looked at. It never returns in the server. In each forked process it does return, and
// there Python goes on: it opens the script, fills `__main__` and `sys.path[0]`, runs, reports exceptions, waits for threads,
// runs the exit handlers and ends, all by its own code and with no frame of ours below.
//
// By then Python has already noted which script it was started with. That note is two C strings, which the server finds by
// their text and every forked process replaces.

/**
 * A Python module that reads from its control descriptor: once a secret of 32 characters for its answer to the start; then
 * orders. `+` has a process made ahead of the next run, `-` ends that one, and neither is answered. An order to run is 8
 * hexadecimal digits with the length of the fields, 8 with that of the input and 8 with that of the script to be written,
 * these three, and a secret of 32 characters for the report.
 *
 * The fields are separated by NUL: the secret with which the forked process says that the program begins, the working
 * directory, the umask in octal or nothing, the number of arguments, the arguments beginning with the script, and variables.
 *
 * The report is the status of waitpid(2), and 1 when the run left nothing, else 0. Its secret is read after the fork, so that
 * it was never in the memory that the program has a copy of. The server closes its own memory and descriptors to processes of
 * the same user (PR_SET_DUMPABLE in prctl(2)).
 */
export const FORK_SERVER = String.raw`
import sys
initial = set(sys.modules)
import _signal, atexit, gc, io, os, select, time

PR_SET_DUMPABLE = 4
IDLE = 0.01  # seconds

class Refused(Exception):
    pass


def take(size, descriptor=CONTROL):
    data = bytearray()
    while len(data) < size:
        piece = os.read(descriptor, min(size - len(data), 1 << 20))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def tell(secret, text=''):
    lines = {2: secret + b'\n', 1: secret + os.fsencode(text) + b'\n'}
    for descriptor, line in lines.items():
        os.set_blocking(descriptor, True)  # a program may have changed it, and it is the same open file
        while line:
            line = line[os.write(descriptor, line):]


def restore_start():
    """Leaves no trace of how this module got here."""
    sys.path.remove(ARCHIVE)
    sys.path_importer_cache.pop(ARCHIVE, None)
    os.close(int(ARCHIVE.rpartition('/')[2]))
    os.environ.pop('PYTHONPATH')
    if PYTHONPATH is not None:
        os.environ['PYTHONPATH'] = PYTHONPATH


def find_notes():
    """Where Python keeps the name of the script: once to open it, and once as the first argument."""
    reader, writer = os.pipe()

    def peek(address, size):  # the kernel refuses to read what is no address; we would crash
        count = libc.write(writer, ctypes.c_void_p(address), ctypes.c_size_t(size))
        return os.read(reader, count) if count > 0 else b''

    def number_at(address):
        return int.from_bytes(peek(address, width), sys.byteorder)

    def is_script(address):
        return peek(address, len(text)) == text

    text = bytes(ctypes.create_unicode_buffer(SCRIPT))
    width = ctypes.sizeof(ctypes.c_void_p)
    python.Py_DecodeLocale.restype = python._Py_GetConfig.restype = ctypes.c_void_p
    config = python._Py_GetConfig()
    fields = [(address, number_at(address)) for address in range(config, config + 100 * width, width)]
    names = [address for address, value in fields if is_script(value)]
    lists = [value for _, value in fields if is_script(number_at(value))]
    os.close(reader)
    os.close(writer)
    if len(names) != 1 or len(lists) != 1:
        raise RuntimeError('the settings of this interpreter are not where they were looked for')
    return names[0], lists[0]


def preload():
    """Imports the modules, and tells which variables they asked for."""
    asked = set()
    plain = os._Environ.__getitem__

    def note(self, name):
        asked.add(os.fsdecode(name))
        return plain(self, name)

    os._Environ.__getitem__ = note
    for module in MODULES:
        try:
            __import__(module)
        except BaseException as error:
            raise Refused(f'import {module} {type(error).__name__}: {error}')
    os._Environ.__getitem__ = plain
    sys.stdout.flush()
    sys.stderr.flush()
    return sorted(name for name in asked if name.isascii() and name.isidentifier())


def freeze():
    """What is here now is never collected, so that its memory stays shared and runs end sooner."""
    python.Py_IncRef.argtypes = [ctypes.py_object]
    python.Py_IncRef(loaded)
    gc.collect()
    gc.freeze()
    variables = sys.modules['__main__'].__dict__  # empty as yet, and collected at the end like those of any program
    for change in (python.PyObject_GC_UnTrack, python.PyObject_GC_Track):
        change.argtypes, change.restype = [ctypes.py_object], None
        change(variables)


def leave():
    """The last exit handler of a run. Python need not take apart what was loaded before, which would take the longest."""
    files = [each for each in gc.get_objects() if type(each) in (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)]
    for file in [sys.stdout, sys.stderr, *files] if files else []:
        try:
            file.flush()  # somebody may have left it with one of the modules, and nobody else would close it now
        except Exception:
            pass
    for name, module in loaded.items():
        if sys.modules.get(name) is module:
            del sys.modules[name]


${FORKED_PROCESS}

${SURROUNDINGS}

def read_fields(fields):
    begin, directory, umask, count, *rest = os.fsdecode(fields).split('\0')
    arguments, variables = rest[:int(count)], dict(each.split('=', 1) for each in rest[int(count):])
    return os.fsencode(begin), directory, umask, arguments, variables


def take_spare():
    """The process that was made ahead, if it is there and alive."""
    global spare
    taken, spare = spare, None
    if taken and os.waitpid(taken[0], os.WNOHANG)[0]:
        taken[1].close()
        return None
    return taken


def drop_spare():
    taken = take_spare()
    if taken:
        os.kill(taken[0], 9)
        os.waitpid(taken[0], 0)
        taken[1].close()


def wait_for(pid, writer, data):
    """Feeds the process until it ends."""
    poller = select.poll()
    poller.register(CONTROL, select.POLLIN)
    poller.register(wake[0], select.POLLIN)
    rest = memoryview(data)
    os.set_blocking(writer.fileno(), False)
    poller.register(writer, select.POLLOUT)
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        for descriptor, _ in poller.poll():
            if descriptor == CONTROL:  # nothing comes before the report, so this is the end
                raise EOFError
            if descriptor == wake[0]:
                os.read(descriptor, 4096)
                continue
            try:
                rest = rest[writer.write(rest) or 0:]
            except OSError:  # nobody reads it any more
                rest = b''
            if not rest:
                poller.unregister(writer)
                writer.close()


def run(lengths):
    """One run. True in the forked process; a report without a beginning says that nothing was run."""
    global child, around
    fields, data, source = [take(int(lengths[at:at + 8], 16)) for at in (0, 8, 16)]
    _, directory, _, arguments, _ = read_fields(fields)
    script = os.path.join(directory, arguments[0])
    pid, pipe, before, around = -1, None, around or surroundings(), None
    try:
        if source:
            with open(script, 'wb', opener=lambda *to: os.open(to[0], to[1] | os.O_NOFOLLOW)) as file:
                file.write(source)
        if not hides_module(os.path.dirname(os.path.realpath(script))):
            pid, pipe = take_spare() or spawn()
    except OSError:  # no such directory, or no descriptor left: whoever starts Python instead is told
        pass
    if pid == 0:
        become(pipe)
        return True
    child = pid
    end, status = take(32), 0
    if pid > 0:
        status = wait_for(pid, pipe, b'%08x%08x' % (len(fields), len(data)) + fields + data)
        pipe.close()
        if before:
            before[0].pop(str(pid), None)
    child = -1
    leaves_nothing = before is not None and before == surroundings()
    tell(end, f'{status} {int(leaves_nothing)}')
    return False


def follow_order():
    """Does what is asked for next. True in a process that has become a run."""
    global around, spare
    if spare and not select.select([CONTROL], [], [], IDLE)[0]:
        around = surroundings()  # nobody waits now, and until the next run nobody is there who could change it
    what = take(1)
    if what == b'-':
        around = None
        drop_spare()
    elif what != b'+':
        return run(what + take(23))
    elif spare is None:
        try:
            pid, pipe = spawn()
        except OSError:  # the next run has one made when it comes
            return False
        if pid == 0:
            become(pipe)
            return True
        spare = pid, pipe
    return False


child, spare, around, customized = -1, None, None, None
try:
    secret = take(32)
    try:
        restore_start()
        import ctypes
        libc, python = ctypes.CDLL(None), ctypes.pythonapi
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        notes = find_notes()
        itself = sys.modules.pop('sitecustomize')
        try:
            import sitecustomize
        except Exception as error:
            customized = error
        atexit.register(leave)  # before those of the modules, and so after them
        names = preload()
        known = {id(sys.modules[name]) for name in initial & set(sys.modules)}  # which may have got a second name
        loaded = {name: module for name, module in sys.modules.items() if id(module) not in known}
        hidable = {name.partition('.')[0] for name in loaded} - {name.partition('.')[0] for name in initial}
    except BaseException as error:
        tell(secret, (str(error) if isinstance(error, Refused) else f'start {error}').replace('\n', ' '))
        os._exit(1)
    ahead = memory_to_copy()
    freeze()
    wake = os.pipe()
    os.set_blocking(wake[1], False)
    _signal.set_wakeup_fd(wake[1], warn_on_full_buffer=False)
    handlers = {number: _signal.signal(number, _signal.SIG_IGN) for number in SIGNALS if _signal.getsignal(number) is not None}
    handlers[_signal.SIGCHLD] = _signal.signal(_signal.SIGCHLD, lambda *_: None)
    tell(secret, ' '.join(['ready', str(os.getpid()), *names]))
    while not follow_order():
        pass
except EOFError:
    if child > 0:
        try:
            os.killpg(child, 9)
        except OSError:  # it has not made its group yet
            os.kill(child, 9)
        os.waitpid(child, 0)
    os._exit(0)
except BaseException:
    os._exit(1)
if customized is not None:
    # Python looks for the module that failed in order to remove it.
    sys.modules['sitecustomize'] = itself
    raise customized
`

import { SIGNALS } from '../supervisor/scripts.ts'

// The part of the fork server that its children run: from the fork to the moment when Python goes on with their script.

/** How a process is made for a run, waits for its order, and becomes what Python would have been. A part of `FORK_SERVER`. */
export const FORKED_PROCESS = String.raw`
SIGNALS = ${SIGNALS.replaceAll(' ', ', ')}  # a program may send them to everybody; those of a handler in C are left alone
MADV_POPULATE_WRITE = 23
STEP = 1 << 20


def memory_to_copy():
    """The memory that a run gets a copy of, page by page, as Python writes to it: at the latest when it ends."""
    found, left = [], AHEAD
    try:
        with open('/proc/self/smaps', 'rb') as file:
            for words in map(bytes.split, file):
                if not words[0].endswith(b':'):
                    start, end = [int(each, 16) for each in words[0].split(b'-')]
                    is_own = words[1].startswith(b'rw-p')
                elif words[0] == b'Anonymous:' and is_own and int(words[1]) * 2048 >= end - start and end - start <= left:
                    found.append((start, end))
                    left -= end - start
    except OSError:
        pass  # it only saves time
    return found


def fork():
    """os.fork() without its look at the number of threads, which costs time and may print a warning."""
    python.PyOS_BeforeFork()
    pid = python.fork()
    (python.PyOS_AfterFork_Parent if pid else python.PyOS_AfterFork_Child)()
    return pid


def spawn():
    """A process for a run, and the pipe through which it is told which. In that process 0, and the other end of the pipe."""
    read, write = os.pipe()
    pid = fork()
    if pid:
        os.close(read)
        return pid, open(write, 'wb', 0)
    os.close(write)
    return 0, read


def copy_memory_until(order):
    """Copies ahead of the run, which takes most of the time that a run's end would take."""
    poller = select.poll()
    poller.register(order, select.POLLIN)
    for start, end in ahead:
        for at in range(start, end, STEP):
            if poller.poll(0) or libc.madvise(ctypes.c_void_p(at), ctypes.c_size_t(min(STEP, end - at)), MADV_POPULATE_WRITE):
                return


def reopen_stdin():
    """Lets the object that is there read another kind of file."""
    text, buffer = sys.stdin, open(0, 'rb', closefd=False)
    buffer.raw.name = '<stdin>'
    text.__init__(buffer, text.encoding, text.errors, '\n', text.line_buffering, text.write_through)


def become(order):
    """Makes a forked process one in which Python has just begun to start the script that it is told to run."""
    _signal.set_wakeup_fd(-1)
    for number, handler in handlers.items():
        _signal.signal(number, handler)
    os.setsid()
    for descriptor in (CONTROL, *wake):
        os.close(descriptor)
    copy_memory_until(order)
    size, input_size = [int(take(8, order), 16) for _ in range(2)]
    begin, directory, umask, arguments, variables = read_fields(take(size, order))
    if input_size:
        os.dup2(order, 0)  # the order was read to its last byte, and what follows is the input
        reopen_stdin()
    os.close(order)
    os.chdir(directory)
    if umask:
        os.umask(int(umask, 8))
    os.environ.update(variables)
    if 'TZ' in variables:
        time.tzset()
    for address, name in zip(notes, (os.path.join(os.getcwd(), arguments[0]), arguments[0])):
        ctypes.c_void_p.from_address(address).value = python.Py_DecodeLocale(os.fsencode(name), None)
    sys.argv[:] = arguments
    if hasattr(sys, 'orig_argv'):
        sys.orig_argv[1:] = arguments
    if 'threading' in sys.modules:
        sys.modules['threading'].main_thread()._set_native_id()
    if 'numpy.random' in sys.modules:
        sys.modules['numpy.random'].seed()
    if 'multiprocessing.process' in sys.modules:
        sys.modules['multiprocessing.process'].current_process().authkey = os.urandom(32)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    tell(begin)
`

/**
 * The program that becomes the Jupyter server in a container. Its input is a line of JSON with the server's arguments, and then
 * one line for each request; it answers, and tells what becomes of kernels, with lines of JSON on its output:
 *
 *     {"ready": pid}
 *     {"kernel": id, "pid": pid}                               a kernel was started
 *     {"died": id, "code": n | null, "signal": n | null, "memory_kills": n, "refused_forks": n}
 *     {"done": number, "ok": true | false}                     the answer to a request
 *
 *     {"do": "end", "number": n, "kernel": id}                 kill a kernel and everything it started
 *     {"do": "empty", "number": n, "directory": path}          remove everything in a directory
 *
 * Everything of Python's threads and of jupyter_server runs as it would without it. It closes its own memory and descriptors to
 * kernels, which are processes of the same user (PR_SET_DUMPABLE in prctl(2)), so that none can read the token or speak in its
 * name; a kernel can still kill it, which shows. Kernels are what the system shall kill first when memory runs out.
 */
export const LAUNCHER = String.raw`
import ctypes, json, os, re, shutil, signal, subprocess, sys, threading, time

PR_SET_DUMPABLE = 4
KERNEL_VARIABLE = 'POLYRUN_KERNEL'
PATIENCE_S = 2
ROUNDS = 3
COUNTERS = {
    'memory_kills': ('oom_kill', ('memory.events', 'memory/memory.oom_control')),
    'refused_forks': ('max', ('pids.events', 'pids/pids.events')),
}
output = os.dup(1)
requests = os.fdopen(os.dup(0), 'rb')
os.dup2(2, 1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
# Not our own: who reads that would not see that we are gone as long as a kernel is there.
kernels_said, said_by_kernels = os.pipe()
lock = threading.Lock()
kernels = {}


def tell(**fact):
    line = json.dumps(fact).encode() + b'\n'
    with lock:
        while line:
            line = line[os.write(output, line):]


def counts():
    found = {}
    for name, (word, files) in COUNTERS.items():
        found[name] = 0
        for file in files:
            try:
                with open('/sys/fs/cgroup/' + file) as lines:
                    found[name] = next(int(line.split()[1]) for line in lines if line.split()[0] == word)
                    break
            except (OSError, StopIteration, ValueError, IndexError):
                pass
    return found


def wait_for(kernel, process):
    try:
        end = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        code, number = (end.si_status, None) if end.si_code == os.CLD_EXITED else (None, end.si_status)
    except ChildProcessError:  # somebody else has looked, and knows
        status = process.poll()
        code, number = (None, None) if status is None else (status, None) if status >= 0 else (None, -status)
    if kernels.get(kernel) == process.pid:
        del kernels[kernel]
    tell(died=kernel, code=code, signal=number, **counts())


def start_kernel(command, **options):
    named = next((re.search(r'kernel-([\w-]+)\.json$', word) for word in command if word.endswith('.json')), None)
    if named is None:
        return subprocess.Popen(command, **options)
    kernel = named.group(1)
    options['env'] = {**(options.get('env') or os.environ), KERNEL_VARIABLE: kernel}
    options['stdout'] = options['stderr'] = said_by_kernels
    process = subprocess.Popen(command, **options)
    kernels[kernel] = process.pid
    try:
        with open(f'/proc/{process.pid}/oom_score_adj', 'w') as adjustment:
            adjustment.write('500')
    except OSError:
        pass
    tell(kernel=kernel, pid=process.pid)
    threading.Thread(target=wait_for, args=(kernel, process), daemon=True).start()
    return process


def hand_on():
    while True:
        text = os.read(kernels_said, 4096)
        try:
            os.write(2, text)
        except OSError:
            pass


def living():
    """The parent of each process, and which of them are stopped."""
    parents, stopped = {}, set()
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat', 'rb') as file:
                    state, parent = file.read().rpartition(b')')[2].split()[:2]
                if state not in b'ZX':
                    parents[int(name)] = int(parent)
                if state == b'T':
                    stopped.add(int(name))
            except (OSError, ValueError):
                pass
    return parents, stopped


def kernel_of(pid, parents):
    """Whose process it is: of a kernel, by descent or by what it was started with, of the server's own, or nobody's."""
    owners = {number: name for name, number in kernels.items()}
    at = pid
    while at in parents and at not in owners and at != os.getpid():
        at = parents[at]
    if at in owners:
        return owners[at]
    if at == os.getpid():
        return 'server'
    try:
        with open(f'/proc/{pid}/environ', 'rb') as file:
            marker = next((each for each in file.read().split(b'\0') if each.startswith(KERNEL_VARIABLE.encode())), b'')
        return marker.partition(b'=')[2].decode()
    except (OSError, ValueError):
        return ''


def strike(kernel, number):
    """Signals what is a kernel's or nobody's, and tells whether there was anything. What is stopped is not stopped again."""
    struck = False
    parents, stopped = living()
    for pid in parents.keys() - (stopped if number == signal.SIGSTOP else set()):
        owner = kernel_of(pid, parents)
        if pid == 1 or owner == 'server' or (owner in kernels and owner != kernel):
            continue
        try:
            os.kill(pid, number)
            struck = True
        except (PermissionError, ProcessLookupError):
            pass  # somebody else's, or gone
    return struck


def end(kernel):
    until = time.monotonic() + PATIENCE_S
    rounds = 0
    while strike(kernel, signal.SIGKILL):
        rounds += 1
        # Who forks faster than it is found is stopped first: what is stopped forks no more, and leaves no room for others to.
        while rounds > ROUNDS and strike(kernel, signal.SIGSTOP) and time.monotonic() < until:
            pass
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True


def empty(directory):
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, onerror=make_removable)
        else:
            os.unlink(entry.path)
    return not os.listdir(directory)


def make_removable(function, path, error):
    os.chmod(os.path.dirname(path), 0o700)
    os.chmod(path, 0o700)
    function(path)


def obey():
    for line in requests:
        request = json.loads(line)
        try:
            ok = end(request['kernel']) if request['do'] == 'end' else empty(request['directory'])
        except OSError as error:
            print(error, file=sys.stderr)
            ok = False
        tell(done=request['number'], ok=ok)


arguments = json.loads(requests.readline())
tell(ready=os.getpid())
for work in (obey, hand_on):
    threading.Thread(target=work, daemon=True).start()

import jupyter_client.launcher
import tornado.tcpserver
from jupyter_server.serverapp import ServerApp

jupyter_client.launcher.Popen = start_kernel
bind_sockets = tornado.tcpserver.bind_sockets


def bind_without_delay(*given, **named):
    # What a connection inherits from its listener. Without it the last message of a cell waits 40 ms for an acknowledgement.
    sockets = bind_sockets(*given, **named)
    for each in sockets:
        each.setsockopt(6, 1, 1)  # IPPROTO_TCP, TCP_NODELAY
    return sockets


tornado.tcpserver.bind_sockets = bind_without_delay
sys.argv = ['jupyter-server']
ServerApp.launch_instance(argv=arguments)
`

import { HOLDER_DIRECTORY } from '../supervisor/holder-script.ts'

/**
 * What does the shells' work in an image without one, for an interpreter that it has. The first argument says what:
 *
 *     hold                     says `ready`, and lives as long as its input does
 *     write                    reads a line of JSON, `[[path, size], …]`, and then the contents; 3: a link is in the way
 *     remove PATH…             removes what is there
 *     find NAME                prints where a program is; 1: nowhere
 *     read PATH MOST           prints so many bytes of a file; 66: there is none
 *     empty                    removes everything in the working directory
 *     end GRACE                asks everything of its user to end, kills it after so many milliseconds, empties the temporary
 *                              directories, and prints what the kernel counted and whether all is gone
 */
export const PYTHON_TOOLS = `
import json, os, shutil, stat, sys, time, uuid
what, args = sys.argv[1], sys.argv[2:]

def clear(directory):
    for entry in os.scandir(directory):
        drop(entry.path)

def drop(path):
    try:
        facts = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(facts.st_mode):
        return os.unlink(path)
    os.chmod(path, 0o700)
    clear(path)
    os.rmdir(path)

def write():
    data = sys.stdin.buffer
    for path, size in json.loads(data.readline()):
        content = data.read(size)
        parts = path.split('/')
        for depth in range(1, len(parts) + 1):
            if os.path.islink('/'.join(parts[:depth])):
                print(path)
                sys.exit(3)
        os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
        if os.path.isdir(path):
            drop(path)
        fresh = os.path.join(os.path.dirname(path), '.polyrun-' + uuid.uuid4().hex)
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), 'wb') as file:
                file.write(content)
            os.replace(fresh, path)
        except OSError:
            drop(fresh)
            raise

def others():
    found = []
    for name in os.listdir('/proc'):
        if not name.isdigit() or int(name) in (1, os.getpid()):
            continue
        try:
            with open('/proc/' + name + '/status', 'rb') as file:
                facts = dict(line.split(b':', 1) for line in file.read().split(b'\\n') if line)
            if int(facts[b'Uid'].split()[0]) == os.getuid() and facts[b'State'].split()[0] not in b'ZX':
                found.append(int(name))
        except OSError:
            pass
    return found

def signal_all(number):
    try:
        os.kill(-1, number)
    except OSError:
        pass

def event(paths, name):
    for path in paths:
        try:
            return int(dict(line.split() for line in open('/sys/fs/cgroup/' + path))[name])
        except (OSError, KeyError):
            pass
    return 0

def is_full(directory):
    facts = os.statvfs(directory)
    return facts.f_bavail == 0 or facts.f_favail == 0

def end(grace):
    if grace:
        signal_all(15)
        until = time.monotonic() + grace / 1000
        while others() and time.monotonic() < until:
            time.sleep(0.005)
    until = time.monotonic() + 3
    gone = False
    while not gone and time.monotonic() < until:
        signal_all(9)
        gone = not others()
    counts = {
        'memoryKills': event(['memory.events', 'memory/memory.oom_control'], 'oom_kill'),
        'refusedForks': event(['pids.events', 'pids/pids.events'], 'max'),
    }
    full = is_full('.') or is_full('/tmp')
    wiped = True
    for directory in ('/tmp', '/dev/shm', '/dev/mqueue', '${HOLDER_DIRECTORY}'):
        try:
            clear(directory)
        except FileNotFoundError:
            pass
        except (OSError, RecursionError):
            wiped = False
    print(json.dumps({'gone': gone, 'wiped': wiped, 'counts': counts, 'diskFull': full}))

if what == 'hold':
    print('ready', os.getpid(), 0, flush=True)
    sys.stdin.buffer.read()
elif what == 'write':
    write()
elif what == 'remove':
    for path in args:
        drop(path)
elif what == 'find':
    found = shutil.which(args[0])
    if found is None:
        sys.exit(1)
    print(found, end='')
elif what == 'read':
    if os.path.islink(args[0]) or not os.path.isfile(args[0]):
        sys.exit(66)
    sys.stdout.buffer.write(open(args[0], 'rb').read(int(args[1])))
elif what == 'empty':
    clear('.')
elif what == 'end':
    end(float(args[0]))
`

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { attack, makeDocker, noDocker } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { newMarker, scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

/** Runs a program that prints a list as JSON of what it got at. */
async function gains(source: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const head = `import ctypes, ctypes.util, errno, glob, json, os, socket, subprocess, sys\ngained = []\n`
  const text = `${head}given = json.loads(${JSON.stringify(JSON.stringify(args))})\n${source}\nprint(json.dumps(gained))`
  const { output, error } = await attack(makeDocker(), text, { timeoutMs: 25_000 })
  expect(error).toBe('')
  return JSON.parse(output)
}

describe('reading', () => {
  test('the environment, memory and descriptors of any other process, its container’s first one included', async () => {
    const source = `others = [pid for pid in os.listdir('/proc') if pid.isdigit() and int(pid) != os.getpid()]
assert len(others) >= 4, others
for pid in others:
  for name in ('environ', 'mem', 'maps', 'auxv', 'io', 'stack', 'syscall', 'pagemap'):
    try:
      with open(f'/proc/{pid}/{name}', 'rb') as file: file.read(1)
      gained.append(f'{name} of {pid}')
    except OSError: pass
  for name in ('fd', 'map_files', 'fdinfo'):
    try: gained.append([name, pid, os.listdir(f'/proc/{pid}/{name}')])
    except OSError: pass
  for name in ('cwd', 'root', 'exe', 'fd/0', 'fd/1', 'fd/7'):
    try: gained.append([name, pid, os.readlink(f'/proc/{pid}/{name}')])
    except OSError: pass`
    expect(await gains(source)).toEqual([])
  })

  test('files of the engine’s machine', async () => {
    const directory = scratchDirectory()
    writeFileSync(join(directory, 'secret'), 'secret')
    const source = `for path in (given['path'], '/proc/1/root' + given['path'], '/proc/self/root/../..' + given['path'], '/var/run/docker.sock', '/run/docker.sock', '/etc/shadow', '/root/.bashrc', '/dev/mem', '/dev/kmsg', '/dev/sda', '/dev/vda', '/proc/kcore', '/proc/kallsyms'):
  try:
    with open(path, 'rb') as file:
      if file.read(16).strip(b'0 \\0'): gained.append(path)
  except OSError: pass`
    expect(await gains(source, { path: join(directory, 'secret') })).toEqual([])
  })

  test('this process’s environment in its own', async () => {
    const marker = newMarker()
    process.env['POLYRUN_TEST_SECRET'] = marker
    onTestFinished(() => void delete process.env['POLYRUN_TEST_SECRET'])
    expect(await gains(`gained = [text for text in os.environ.values() if given['marker'] in text]`, { marker })).toEqual([])
  })

  test('processes of the machine', async () => {
    const source = `gained = [pid for pid in os.listdir('/proc') if pid.isdigit() and int(pid) == given['pid'] and given['path'].encode() in open(f'/proc/{pid}/cmdline', 'rb').read()]`
    expect(await gains(source, { pid: process.pid, path: process.execPath })).toEqual([])
  })
})

describe('reaching', () => {
  test('the network over TCP and UDP: this machine, the engine’s bridge, metadata services and the world', async () => {
    const heard: string[] = []
    const server = createServer(() => void heard.push('tcp')).listen(0, '0.0.0.0')
    const udp = createSocket('udp4', () => {})
    udp.on('message', () => heard.push('udp')).bind(0, '0.0.0.0')
    await Promise.all([once(server, 'listening'), once(udp, 'listening')])
    onTestFinished(() => {
      server.close()
      udp.close()
    })
    const own = Object.values(networkInterfaces()).flatMap((rows) =>
      (rows ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
    )
    const addresses = [...new Set([...own, '127.0.0.1', '172.17.0.1', '169.254.169.254', '1.1.1.1', '10.0.0.1'])]
    const source = `for address in given['addresses']:
  for port in (given['tcp'], 22, 53, 80, 2375):
    try:
      socket.create_connection((address, port), timeout=1).close()
      gained.append(['tcp', address, port])
    except OSError: pass
  for port in (given['udp'], 53):
    try:
      if address != '127.0.0.1':
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', (address, port))
        gained.append(['udp', address, port])
    except OSError: pass
for address in ('2606:4700:4700::1111', 'ff02::1', 'fe80::1'):
  try:
    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', (address, 53))
    gained.append(['udp', address])
  except OSError: pass`
    const ports = { tcp: (server.address() as AddressInfo).port, udp: udp.address().port }
    expect(await gains(source, { addresses, ...ports })).toEqual([])
    expect(heard).toEqual([])
  })

  test('names', async () => {
    const source = `for name in ('example.com', 'host.docker.internal', 'gateway.docker.internal'):
  try: gained.append(socket.getaddrinfo(name, 80))
  except OSError: pass`
    expect(await gains(source)).toEqual([])
  })

  test('other interfaces, raw packets, and sockets of the kernel', async () => {
    const source = `gained += [name for _, name in socket.if_nameindex() if open(f'/sys/class/net/{name}/flags').read().strip() not in ('0x80', '0x8') and name != 'lo']
for family, kind, protocol in ((socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 3), (40, socket.SOCK_STREAM, 0), (38, socket.SOCK_SEQPACKET, 0)):
  try:
    made = socket.socket(family, kind, protocol)
    if family == 38: made.bind(('hash', 'sha256'))
    if family == 40: made.connect((2, 1024))
    gained.append([family, kind])
  except OSError: pass`
    expect(await gains(source)).toEqual([])
  })
})

describe('writing', () => {
  test('anywhere but to the places that are for it', async () => {
    const source = `for directory, names, _ in os.walk('/'):
  names[:] = [name for name in names if os.path.join(directory, name) not in ('/proc', '/sys')]
  path = os.path.join(directory, '.polyrun-attack')
  try:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    os.unlink(path)
    gained.append(directory)
  except OSError: pass
gained.sort()`
    // What is in them is not there for the next program, and nothing that anybody trusts.
    expect(await gains(source)).toEqual(['/dev/mqueue', '/dev/shm', '/run/polyrun', '/tmp', '/workspace'])
  })

  test('to files that are there', async () => {
    const source = `for directory, names, files in os.walk('/'):
  names[:] = [name for name in names if os.path.join(directory, name) not in ('/proc', '/workspace', '/dev')]
  for name in files:
    path = os.path.join(directory, name)
    try:
      os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
      gained.append(path)
    except OSError: pass`
    expect(await gains(source)).toEqual([])
  })

  test('to what the kernel listens to', async () => {
    const source = `names = ['/proc/sysrq-trigger', '/proc/kcore', '/sys/kernel/uevent_helper', '/sys/power/state', '/sys/fs/cgroup/release_agent', '/sys/fs/cgroup/memory/release_agent', '/sys/fs/cgroup/memory/notify_on_release', '/proc/sys/kernel/modprobe', '/proc/1/oom_score_adj', '/proc/irq/default_smp_affinity']
for path in names + glob.glob('/proc/sys/**', recursive=True) + glob.glob('/sys/fs/cgroup/**', recursive=True):
  if os.path.isdir(path): continue
  try:
    os.close(os.open(path, os.O_WRONLY))
    gained.append(path)
  except OSError: pass`
    expect(await gains(source)).toEqual([])
  })

  test('devices of its own', async () => {
    const source = `import stat
for directory in ('/tmp', '/dev/shm', '.'):
  for kind, major, minor in ((stat.S_IFCHR, 1, 1), (stat.S_IFBLK, 8, 0)):
    try:
      os.mknod(f'{directory}/device', kind | 0o666, os.makedev(major, minor))
      gained.append([directory, major])
    except OSError: pass`
    expect(await gains(source)).toEqual([])
  })
})

describe('rights', () => {
  test('there are none, and no way to get some', async () => {
    const { output } = await makeDocker().executeCode('grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)" /proc/self/status', 'sh')
    const facts = Object.fromEntries(
      output
        .trim()
        .split('\n')
        .map((line) => line.split(/:\s*/, 2) as [string, string]),
    )
    expect(facts).toMatchObject({ Uid: '10001\t10001\t10001\t10001', Gid: '10001\t10001\t10001\t10001', NoNewPrivs: '1', Seccomp: '2' })
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(Number.parseInt(facts[set] ?? 'x', 16), set).toBe(0)
  })

  test('programs of root that anybody may start have none either', async () => {
    const source = `found = [line for line in subprocess.run(['find', '/', '-xdev', '-perm', '/6000', '-type', 'f'], capture_output=True, text=True).stdout.split()]
assert found, 'the image has none to try'
for command in (['su', '-c', 'id -u'], ['newgrp', 'root'], ['chsh', '-s', '/bin/sh', 'root'], ['mount', '-t', 'tmpfs', 'none', '/tmp'], ['umount', '/tmp']):
  try: done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=5)
  except OSError: continue
  if done.returncode == 0 and b'10001' not in done.stdout + subprocess.run(['id', '-u'], capture_output=True).stdout: gained.append(command)
for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setresuid(0, 0, 0), lambda: os.chroot('/tmp')):
  try:
    call()
    gained.append(repr(call))
  except OSError: pass`
    expect(await gains(source)).toEqual([])
  })

  test('the kernel refuses what could undo the walls', async () => {
    const source = `libc = ctypes.CDLL(None, use_errno=True)
others = [int(pid) for pid in os.listdir('/proc') if pid.isdigit() and int(pid) != os.getpid()]
def try_out(name, *args):
  call = getattr(libc, name)
  if call(*args) != -1: gained.append([name, [str(each) for each in args]])
for pid in others:
  try_out('ptrace', 16, pid, 0, 0)
  try_out('ptrace', 0x4206, pid, 0, 0)
  place = ctypes.create_string_buffer(16)
  for name in ('process_vm_readv', 'process_vm_writev'):
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(place), 16)
    try_out(name, pid, vector, 1, vector, 1, 0)
for flags in (0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x02000000, 0x08000000): try_out('unshare', flags)
try_out('mount', b'none', b'/tmp', b'tmpfs', 0, None)
try_out('umount2', b'/tmp', 2)
try_out('pivot_root', b'/tmp', b'/tmp') if hasattr(libc, 'pivot_root') else None
try_out('swapon', b'/tmp/x', 0)
try_out('sethostname', b'x', 1)
try_out('reboot', 0x01234567)
try_out('acct', None)
try_out('personality', 0x0040000) if libc.personality(0xffffffff) & 0x0040000 else None
numbers = {'x86_64': dict(bpf=321, perf_event_open=298, keyctl=250, add_key=248, init_module=175, finit_module=313, kexec_load=246, open_by_handle_at=304, userfaultfd=323, io_uring_setup=425, fsopen=430, open_tree=428, move_mount=429, setns=308, quotactl=179)}
for name, number in numbers.get(os.uname().machine, {}).items():
  if name not in ('io_uring_setup', 'userfaultfd') and libc.syscall(number, 0, 0, 0, 0, 0) != -1: gained.append(name)
for name in ('mnt', 'pid', 'net', 'user', 'ipc', 'uts', 'cgroup'):
  for pid in [1] + others:
    try:
      with open(f'/proc/{pid}/ns/{name}') as file: try_out('setns', file.fileno(), 0)
    except OSError: pass`
    expect(await gains(source)).toEqual([])
  })
})

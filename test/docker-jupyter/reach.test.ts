import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { containersWith } from '../support/engines/probe.ts'
import { makeKernels, needKernelEngine } from '../support/docker-jupyter.ts'

const engine = await needKernelEngine()
/** Nobody else of these tests listens there. */
const RANGE = [23_840, 23_849] as const

/** What code in a kernel finds out about its surroundings, as JSON. */
const LOOK = `
import glob, json, os, signal, socket
found = {}
found['ids'] = [os.getuid(), os.getgid()]
found['capabilities'] = [line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')][0]
found['networks'] = sorted(os.listdir('/sys/class/net'))
found['writable'] = [d for d in ('/', '/etc', '/usr', '/var/tmp', '/home', '/workspace', '/tmp') if os.access(d, os.W_OK)]
found['secrets'] = [name for name in os.environ if 'TOKEN' in name]
readable, killable = [], []
for entry in glob.glob('/proc/[0-9]*'):
    pid = int(entry.rpartition('/')[2])
    if pid == os.getpid():
        continue
    for what in ('mem', 'environ'):
        try:
            with open(f'{entry}/{what}', 'rb') as file:
                file.read(1) if what == 'environ' else None
            readable.append(what)
        except OSError:
            pass
    try:
        os.listdir(f'{entry}/fd')
        readable.append('fd')
    except OSError:
        pass
    words = open(f'{entry}/cmdline').read()
    if 'token' in words.lower() and 'TOKEN_' in words:
        readable.append('token')
    try:
        os.kill(pid, 0)
        killable.append(pid == os.getppid())
    except OSError:
        pass
found['readable'] = readable
found['killable'] = killable
print(json.dumps(found))
`

describe('without a port', () => {
  test('code in a kernel has no network, no rights, and reads nothing of what serves it', async () => {
    const { executor, label } = makeKernels(engine)
    const { output } = await executor.executeCode(LOOK, 'python')
    expect(JSON.parse(output)).toEqual({
      ids: [10_001, 10_001],
      capabilities: '0000000000000000',
      networks: ['lo'],
      writable: ['/workspace', '/tmp'],
      secrets: [],
      readable: [],
      // Only the server, of which it is a process; the relay and the holder are somebody else's.
      killable: [true],
    })
    const [container] = await containersWith(engine.client, label)
    const { HostConfig, NetworkSettings } = (await engine.client.getContainer(container?.Id ?? '').inspect()) as unknown as {
      readonly HostConfig: Readonly<Record<string, unknown>>
      readonly NetworkSettings: { readonly Ports: object }
    }
    expect(NetworkSettings.Ports).toEqual({})
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 1024 ** 3,
      Binds: null,
    })
  })

  test('files, volumes and variables', async () => {
    const { executor } = makeKernels(engine, { environment: { GREETING: 'hello', 'odd.name': 'kept' }, workDir: '/work' })
    const files = {
      'main.py': 'import os, part\nprint(part.word, os.getcwd(), os.environ["GREETING"], os.environ["odd.name"])',
      'part.py': 'word = "part"',
    }
    expect(await executor.executeCode(files, 'python')).toMatchObject({ output: 'part /work hello kept\n' })
  })
})

describe('with portRange', () => {
  test('the port is in the range, on the loopback address only, and nobody gets in without the token', async () => {
    const token = 'only-for-this-test-0123456789'
    const { executor, label } = makeKernels(engine, { portRange: RANGE, network: 'bridge', token })
    expect(await executor.executeCode('6 * 7', 'python')).toMatchObject({ display: [{ data: { 'text/plain': '42' } }] })
    const [container] = await containersWith(engine.client, label)
    const { NetworkSettings } = await engine.client.getContainer(container?.Id ?? '').inspect()
    const bindings = NetworkSettings?.Ports?.['8888/tcp'] ?? []
    expect(bindings.map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1'])
    const port = Number(bindings[0]?.HostPort)
    expect(port).toBeGreaterThanOrEqual(RANGE[0])
    expect(port).toBeLessThanOrEqual(RANGE[1])
    const ask = (headers: Record<string, string>): Promise<number> =>
      fetch(`http://127.0.0.1:${port}/api/kernels`, { headers }).then(({ status }) => status)
    expect(await ask({})).toBe(403)
    expect(await ask({ Authorization: 'token wrong-token-0123456789' })).toBe(403)
    expect(await ask({ Authorization: `token ${token}` })).toBe(200)
    await executor.stop()
    await expect.poll(() => refuses(port)).toBe(true)
  })
})

/** Whether nothing listens on a port of this machine. */
function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve((socket.destroy(), false)))
    socket.once('error', () => resolve(true))
  })
}

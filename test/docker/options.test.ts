import { chownSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DockerCodeExecutorOptions } from '../../src/executors/docker/index.ts'
import { client, containerIds, makeDocker, makeLabeled, noDocker } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { PLAIN_NAMES, PLAIN_NAMES_PRINTED, PRINT_PLAIN_NAMES } from '../support/plain-names.ts'
import { newMarker, PATIENCE, scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

/** What the engine tells of a container, more of it than the executor reads. */
interface Facts {
  readonly Name: string
  readonly State: { readonly Running: boolean }
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> }
  readonly HostConfig: Readonly<Record<string, unknown>>
  readonly Mounts: readonly { readonly Type: string; readonly Destination: string; readonly RW: boolean }[]
}

/** Starts an executor, and what the engine tells of its container. */
async function inspectWith(options: DockerCodeExecutorOptions = {}): Promise<Facts> {
  const { executor, label } = makeLabeled(options)
  await executor.start()
  const [id = ''] = await containerIds(label)
  return (await client.getContainer(id).inspect()) as unknown as Facts
}

/** What a shell prints in a container with these options. */
async function says(source: string, options: DockerCodeExecutorOptions = {}): Promise<string> {
  const { output, error } = await makeDocker(options).executeCode(source, 'sh')
  expect(error).toBe('')
  return output.trim()
}

describe('what nobody asked for', () => {
  test('is a container without any power', async () => {
    const { HostConfig, Config, Mounts } = await inspectWith()
    const { CapAdd, Binds, ...host } = HostConfig
    expect(CapAdd ?? []).toEqual([])
    expect(Binds ?? []).toEqual([])
    expect(host).toMatchObject({
      ...{ CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true, Privileged: false },
      ...{ NetworkMode: 'none', IpcMode: 'private', PidMode: '', Init: true, AutoRemove: true },
      ...{ Memory: 1024 ** 3, MemorySwap: 1024 ** 3, LogConfig: { Type: 'none', Config: {} } },
    })
    expect(host['PidsLimit']).toBeLessThanOrEqual(300)
    expect(Number(Config.User.split(':')[0])).toBeGreaterThan(0)
    expect(Mounts.map(({ Type, Destination }) => `${Type} ${Destination}`)).toEqual(['volume /workspace'])
  })

  test('and programs that are nobody', async () => {
    expect(await says('id -u; id -g; id -G')).toBe('10001\n10001\n10001')
  })
})

describe('options reach the programs', () => {
  test('variables that have names which the supervisors use themselves', async () => {
    const source = `cat >/dev/null; LC_ALL=C; export LC_ALL; ${PRINT_PLAIN_NAMES}`
    for (const more of [{}, { reuseContainer: true, containerName: `polyrun-test-${newMarker()}`, idleTimeoutMs: 1_000 }]) {
      const executor = makeDocker({ environment: PLAIN_NAMES, ...more })
      const run = executor.executeCode({ 'main.sh': source, beside: 'x' }, 'sh', { stdin: 'given', entryPoint: 'main.sh' })
      expect((await run).output).toBe(PLAIN_NAMES_PRINTED)
    }
  })

  const cases: readonly (readonly [string, DockerCodeExecutorOptions, string, string])[] = [
    ['readOnly', { readOnly: false }, 'mkdir /var/tmp/made && echo made', 'made'],
    ['user', { user: '4321:8765' }, 'id -u; id -g; touch made; stat -c %u:%g made', '4321\n8765\n4321:8765'],
    ['user without a group', { user: '4321' }, 'id -u; id -g', '4321\n4321'],
    ['workDir', { workDir: '/srv/work' }, 'pwd; touch made; ls made', '/srv/work\nmade'],
    [
      'environment',
      { environment: { A: 'x y', 'odd.name': "it's", LINES: 'a\nb' } },
      'echo "$A"; tr "\\0" "\\n" </proc/$$/environ | grep ^odd; echo "$LINES"',
      "x y\nodd.name=it's\na\nb",
    ],
    ['limits.openFiles', { limits: { openFiles: 99 } }, 'ulimit -n', '99'],
    ['limits.disk', { limits: { disk: '8m' } }, 'df -k --output=size . /tmp | tail -2 | xargs', '8192 8192'],
    ['network', { network: 'bridge' }, 'ls /sys/class/net | grep -v lo | grep -c eth', '1'],
    ['dns', { network: 'bridge', dns: ['192.0.2.53'] }, 'grep nameserver /etc/resolv.conf', 'nameserver 192.0.2.53'],
    [
      'extraHosts',
      { network: 'bridge', extraHosts: { 'some.where': '192.0.2.7' } },
      'grep some.where /etc/hosts | tr "\\t" " "',
      '192.0.2.7 some.where',
    ],
    ['capabilities', { capabilities: ['NET_BIND_SERVICE'] }, 'grep CapBnd /proc/self/status | tr -d "\\t "', 'CapBnd:0000000000000400'],
    ['initCommand', { initCommand: 'echo "$0" >made; pwd >>made' }, 'cat made', '/bin/sh\n/workspace'],
  ]
  test.each(cases)('%s', async (_, options, source, wanted) => {
    expect(await says(source, options)).toBe(wanted)
  })

  test('forwardEnv, and no other variable', async () => {
    const value = newMarker()
    Object.assign(process.env, { POLYRUN_TEST_YES: value, POLYRUN_TEST_NO: value })
    onTestFinished(() => {
      delete process.env['POLYRUN_TEST_YES']
      delete process.env['POLYRUN_TEST_NO']
    })
    expect(await says('env | grep POLYRUN_TEST', { forwardEnv: ['POLYRUN_TEST_YES', 'POLYRUN_TEST_MISSING'] })).toBe(
      `POLYRUN_TEST_YES=${value}`,
    )
  })

  test('runtime', async () => {
    expect((await inspectWith({ runtime: 'runc' })).HostConfig['Runtime']).toBe('runc')
  })

  test('platform', async () => {
    const { stdout } = { stdout: await says('uname -m', { platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}` }) }
    expect(stdout).toBe(process.arch === 'x64' ? 'x86_64' : 'aarch64')
  })

  test('limits, labels, name and seccomp reach the engine', async () => {
    const name = `polyrun-test-${newMarker()}`
    const seccomp = JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['reboot'], action: 'SCMP_ACT_ERRNO' }] })
    const limits = { memory: '128m', memorySwap: '256m', cpus: 0.5, pids: 20 }
    const { HostConfig, Config, Name } = await inspectWith({ limits, labels: { mine: 'yes' }, containerName: name, seccomp })
    expect(HostConfig).toMatchObject({ Memory: 128 * 1024 ** 2, MemorySwap: 256 * 1024 ** 2, NanoCpus: 5e8 })
    expect(HostConfig['PidsLimit']).toBeLessThan(30)
    expect(HostConfig['SecurityOpt']).toEqual(['no-new-privileges', `seccomp=${seccomp}`])
    expect(Config.Labels).toMatchObject({ mine: 'yes' })
    expect(Name).toBe(`/${name}`)
  })

  test('a seccomp profile is what the kernel refuses by, and the executor works under it', async () => {
    const seccomp = JSON.stringify({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
    })
    const source = "import os\ntry: os.mkdir('made')\nexcept OSError as e: print(e.errno)"
    expect((await makeDocker({ seccomp }).executeCode(source, 'python')).output).toBe('38\n')
    expect((await makeDocker().executeCode(source, 'python')).output).toBe('')
  })

  test('limits.pids is what a program may have', async () => {
    const source =
      'import os, time\nn = 1\ntry:\n  while True:\n    if os.fork() == 0: time.sleep(600)\n    n += 1\nexcept OSError: print(n, flush=True)'
    const executor = makeDocker({ limits: { pids: 20 } })
    const error = await expectCode(executor.executeCode(source, 'python'), 'RESOURCE_EXHAUSTED')
    expect(error.details).toEqual({ limit: 'pids', value: 20 })
  })

  test('autoRemove: false keeps the container for a look at it', async () => {
    const { executor, label } = makeLabeled({ autoRemove: false })
    await executor.start()
    const [id = ''] = await containerIds(label)
    await executor.stop()
    const { State } = await client.getContainer(id).inspect()
    expect(State.Running).toBe(false)
    await client.getContainer(id).remove({ force: true, v: true })
  })

  test('initCommand is over before the first program, in every container', async () => {
    const executor = makeDocker({ initCommand: 'sleep 0.5; echo done >>/dev/shm/../../workspace/inits', concurrency: 2 })
    const runs = await Promise.all([1, 2].map(() => executor.executeCode('sleep 1; cat inits', 'sh')))
    for (const { output } of runs) expect(output).toContain('done')
  })

  test('an initCommand that fails says what it said', async () => {
    const error = await expectCode(makeDocker({ initCommand: 'echo of no use >&2; exit 3' }).start(), 'BACKEND_REJECTED')
    expect(error.message).toMatch(/exit 3.*of no use/s)
  })
})

describe('directories of the machine', () => {
  test('one to read, one to write', async () => {
    const directory = scratchDirectory()
    for (const name of ['ro', 'rw']) mkdirSync(join(directory, name))
    writeFileSync(join(directory, 'ro', 'data'), 'given')
    chownSync(join(directory, 'rw'), 10_001, 10_001)
    const volumes = { [join(directory, 'ro')]: { bind: '/data' }, [join(directory, 'rw')]: { bind: '/out', mode: 'rw' } } as const
    const source = 'cat /data/data; echo made >/out/made; (echo no >/data/no) 2>/dev/null; chmod 777 /data 2>/dev/null; ls /data'
    expect(await says(source, { volumes })).toBe('givendata')
    expect(readFileSync(join(directory, 'rw', 'made'), 'utf8')).toBe('made\n')
  })

  test('as the working directory: files are its owner’s, and stay', async () => {
    const directory = scratchDirectory()
    chownSync(directory, 4321, 8765)
    const executor = makeDocker({ workDir: '/data/work', volumes: { [directory]: { bind: '/data/work', mode: 'rw' } } })
    expect((await executor.executeCode('echo made >made; id -u', 'sh')).output).toBe('4321\n')
    const { uid, gid } = statSync(join(directory, 'made'))
    expect({ uid, gid }).toEqual({ uid: 4321, gid: 8765 })
    await expectCode(executor.recycle('workspace'), 'CAPABILITY_UNSUPPORTED')
    await executor.executeCode('mkfifo a.py a.py.polyrun-new', 'sh')
    expect((await executor.executeCode({ 'a.py': 'print(1)' }, 'python')).output).toBe('1\n')
    await executor.stop()
    expect(readFileSync(join(directory, 'made'), 'utf8')).toBe('made\n')
  })
})

describe('what gives power over the machine', () => {
  const dangers: readonly (readonly [string, DockerCodeExecutorOptions])[] = [
    ['privileged', { privileged: true }],
    ['network', { network: 'host' }],
    ['network', { network: 'container:other' }],
    ['network', { network: 'ns:/proc/1/ns/net' }],
    ['volumes', { volumes: { '/var/run/docker.sock': { bind: '/x' } } }],
    ['volumes', { volumes: { '/run/podman/podman.sock': { bind: '/x' } } }],
    ['volumes', { volumes: { '/': { bind: '/x' } } }],
    ['volumes', { volumes: { '/etc': { bind: '/x' } } }],
    ['volumes', { volumes: { '/srv/../proc': { bind: '/x' } } }],
    ['volumes', { volumes: { '/proc/self/root/': { bind: '/x' } } }],
    ['volumes', { volumes: { '/var': { bind: '/x' } } }],
    ['volumes', { volumes: { '/var/lib': { bind: '/x' } } }],
    ['volumes', { volumes: { '/usr/local/bin': { bind: '/x', mode: 'rw' } } }],
    ['capabilities', { capabilities: ['SYS_ADMIN'] }],
    ['capabilities', { capabilities: ['cap_sys_ptrace'] }],
    ['capabilities', { capabilities: ['ALL'] }],
    ['securityOpt', { securityOpt: ['seccomp=unconfined'] }],
    ['securityOpt', { securityOpt: ['apparmor:unconfined'] }],
    ['securityOpt', { securityOpt: ['no-new-privileges:false'] }],
    ['securityOpt', { securityOpt: ['label=disable'] }],
    ['seccomp', { seccomp: '{"defaultAction":"SCMP_ACT_ALLOW"}' }],
    ['seccomp', { seccomp: '{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":["kill"],"action":"SCMP_ACT_ALLOW"}]}' }],
  ]
  test.each(dangers)('%s is refused and named: %j', async (argument, options) => {
    const error = await expectCode(() => makeDocker(options), 'INVALID_ARGUMENT')
    expect(error.details.argument).toContain(argument)
    expect(error.message).toContain('allowUnsafe')
  })

  test('a link to such a place is refused, too', async () => {
    const link = join(scratchDirectory(), 'link')
    symlinkSync('/etc', link)
    await expectCode(() => makeDocker({ volumes: { [link]: { bind: '/x' } } }), 'INVALID_ARGUMENT')
  })

  test('allowUnsafe lets it through', async () => {
    const { HostConfig } = await inspectWith({ allowUnsafe: true, capabilities: ['SYS_PTRACE'], securityOpt: ['seccomp=unconfined'] })
    expect(HostConfig['SecurityOpt']).toContain('seccomp=unconfined')
    expect(JSON.stringify(HostConfig['CapAdd'])).toContain('SYS_PTRACE')
    for (const [, options] of dangers) expect(() => makeDocker({ ...options, allowUnsafe: true })).not.toThrow()
  })

  test('names of users are refused, since the image says who they are, and so is the one of the container itself', async () => {
    for (const user of ['root', 'nobody', '0:root', '-1', '10002']) await expectCode(() => makeDocker({ user }), 'INVALID_ARGUMENT')
  })
})

test('an executor at rest keeps its container', async () => {
  const { executor, label } = makeLabeled()
  await executor.start()
  const before = await containerIds(label)
  await expect.poll(async () => (await executor.executeCode('echo on', 'sh')).success, PATIENCE).toBe(true)
  expect(await containerIds(label)).toEqual(before)
})

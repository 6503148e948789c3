import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ownerOf } from '../../src/engine/index.ts'
import { OWNER_LABEL } from '../../src/executors/docker/ownership.ts'
import { tryStart } from '../../src/executors/docker/try-start.ts'
import { dockerEngine, type TestEngine } from '../support/docker.ts'
import { BASE_IMAGE } from '../support/engines/base-image.ts'
import { skipBecause } from '../support/local.ts'
import { startRegistry, type TinyRegistry, type Trouble } from '../support/tiny-registry.ts'
import { newMarker, PATIENCE } from '../support/world.ts'
import { makeDirectory, shell, start, type Outcome, type StartOptions } from './polyrun.ts'

const found = await dockerEngine()
skipBecause('unavailable' in found ? found.unavailable : undefined)
const { client, socketPath } = found as TestEngine
const DOCKER_HOST = `unix://${socketPath}`
const IN_BASE = ['--executor', 'docker', '--image', BASE_IMAGE]

/** Runs `polyrun` against the engine of the tests, and sees that no container of it is left. */
async function polyrun(words: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  const running = start(words, { ...options, env: { DOCKER_HOST, ...options.env } })
  const outcome = await running.ended
  // The engine may still be removing one that did not start.
  await expect.poll(() => containersOf(running.child.pid), PATIENCE).toEqual([])
  return outcome
}

async function containersOf(pid: number | undefined): Promise<readonly string[]> {
  const all = await client.listContainers({ all: true, filters: { label: [OWNER_LABEL] } })
  return all.filter(({ Labels }) => ownerOf(Labels[OWNER_LABEL] ?? '')?.pid === pid).map(({ Id }) => Id)
}

/** Lets everybody into a directory, since a program in a container is somebody else. */
function share(path: string): string {
  mkdirSync(path, { mode: 0o777, recursive: true })
  return path
}

describe('run', () => {
  test('copies the files in, and both streams, the input, the words and the exit code are the program’s', async () => {
    const main = '. ./part.sh; pwd; ls; cat; echo "$@" $FROM; touch made; echo err >&2; exit 3'
    using directory = makeDirectory({ 'main.sh': main, 'part.sh': 'echo part', 'unnamed.sh': 'echo no part of it' })
    const words = ['run', ...IN_BASE, '--env', 'FROM=env', 'main.sh', 'part.sh', '--', 'a', 'b c']
    const outcome = await polyrun(words, { cwd: directory.path, input: 'input\n' })
    expect(outcome.stdout).toBe('part\n/workspace\nmain.sh\npart.sh\ninput\na b c env\n')
    expect(outcome.stderr).toMatch(/^err\npolyrun: ended after \d+\.\d s: exit 3\n$/)
    expect(outcome.exitCode).toBe(3)
    expect(readdirSync(directory.path).toSorted()).toEqual(['main.sh', 'part.sh', 'unnamed.sh'])
  })

  test('a program on standard input', async () => {
    const outcome = await polyrun(['run', ...IN_BASE, '-', '--language', 'perl'], { input: 'print 6 * 7' })
    expect(outcome).toMatchObject({ stdout: '42', stderr: '', exitCode: 0 })
  })

  test('nothing of this machine is there, and no network', async () => {
    using directory = makeDirectory({ 'look.sh': `ls ${process.cwd()} 2>&1; ls /sys/class/net; id -u; touch /etc/mine 2>&1` })
    const { stdout } = await polyrun(['run', ...IN_BASE, 'look.sh'], { cwd: directory.path })
    expect(stdout).toMatch(/^ls: cannot access [^\n]*\nlo\n10001\ntouch: [^\n]*Read-only file system\n$/)
  })

  test('--network and --user are the engine’s', async () => {
    using directory = makeDirectory({ 'look.sh': 'ls /sys/class/net | sort; id -u; id -g' })
    const words = ['run', ...IN_BASE, '--network', 'bridge', '--user', '4321:1234', 'look.sh']
    expect(await polyrun(words, { cwd: directory.path })).toMatchObject({ stdout: 'eth0\nlo\n4321\n1234\n' })
    const wrong = await polyrun(['run', ...IN_BASE, '--network', 'nowhere', 'look.sh'], { cwd: directory.path })
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^polyrun: .*network nowhere not found.*\n$/) as string })
  })

  test('--workdir is where it runs, and what it writes there stays and is the owner’s', async () => {
    using directory = makeDirectory({ 'write.sh': 'pwd; cat data.txt; echo made >made.txt' })
    const work = share(join(directory.path, 'work'))
    writeFileSync(join(work, 'data.txt'), 'mine\n')
    const words = ['run', ...IN_BASE, '--workdir', 'work', 'write.sh']
    expect(await polyrun(words, { cwd: directory.path })).toMatchObject({ stdout: '/workspace\nmine\n', stderr: '', exitCode: 0 })
    expect(readFileSync(join(work, 'made.txt'), 'utf8')).toBe('made\n')
    expect(statSync(join(work, 'made.txt')).uid).toBe(statSync(work).uid)
    writeFileSync(join(work, 'write.sh'), 'echo another')
    expect(await polyrun(words, { cwd: directory.path })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('would be replaced') as string,
    })
    expect(readFileSync(join(work, 'write.sh'), 'utf8')).toBe('echo another')
  })

  test('a --workdir that is not there is refused and not made', async () => {
    using directory = makeDirectory({ 'main.sh': 'echo ran' })
    const outcome = await polyrun(['run', ...IN_BASE, '--workdir', 'gone', 'main.sh'], { cwd: directory.path })
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(join(directory.path, 'gone')) as string })
    expect(statSync(join(directory.path, 'gone'), { throwIfNoEntry: false })).toBeUndefined()
  })

  test('--volume shows a directory, and only :rw lets it be written to', async () => {
    using directory = makeDirectory({ 'main.sh': 'cat /one/a; echo b >/two/b; echo c >/one/c' })
    const [one, two] = ['one', 'two'].map((name) => share(join(directory.path, name)))
    writeFileSync(join(directory.path, 'one', 'a'), 'seen\n')
    const volumes = ['--volume', `${one}:/one`, '--volume', `${two}:/two:rw`, '--user', String(statSync(directory.path).uid)]
    const outcome = await polyrun(['run', ...IN_BASE, ...volumes, 'main.sh'], { cwd: directory.path })
    expect(outcome.stdout).toBe('seen\n')
    expect(outcome.stderr).toContain('Read-only file system')
    expect(readFileSync(join(directory.path, 'two', 'b'), 'utf8')).toBe('b\n')
  })

  test('limits end it as anywhere', async () => {
    using directory = makeDirectory({ 'fill.sh': 'head -c 9000000 /dev/zero >big', 'slow.sh': 'echo started; sleep 60' })
    const options = { cwd: directory.path }
    const full = await polyrun(['run', ...IN_BASE, '--disk', '2m', 'fill.sh'], options)
    expect(full).toMatchObject({ exitCode: 153, stderr: expect.stringContaining('(--disk)') as string })
    const late = await polyrun(['run', ...IN_BASE, '--timeout', '1s', 'slow.sh'], options)
    expect(late).toMatchObject({ exitCode: 124, stdout: 'started\n', stderr: expect.stringContaining('(--timeout)') as string })
  })

  test('Ctrl-C ends it and its container', async () => {
    using directory = makeDirectory({ 'slow.sh': 'echo started; sleep 60' })
    const running = start(['run', ...IN_BASE, 'slow.sh'], { cwd: directory.path, env: { DOCKER_HOST } })
    await running.seen('started')
    expect(await containersOf(running.child.pid)).toHaveLength(1)
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ exitCode: 130, stdout: 'started\n', stderr: 'polyrun: interrupted by SIGINT\n' })
    await expect.poll(() => containersOf(running.child.pid), PATIENCE).toEqual([])
  })

  test('an image that is not there, and must not be fetched', async () => {
    using directory = makeDirectory({ 'main.sh': 'echo ran' })
    const words = ['run', '--executor', 'docker', '--image', 'polyrun-none:1', '--pull', 'never', 'main.sh']
    const outcome = await polyrun(words, { cwd: directory.path })
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' })
    expect(outcome.stderr).toMatch(/^polyrun: .*polyrun-none:1.*not there.*\n$/)
  })
})

describe('while an image is fetched', () => {
  test('a line says so, and one only', async () => {
    using directory = makeDirectory({ 'main.sh': 'echo ran' })
    const { image } = await fetchable()
    const { stdout, stderr } = await polyrun(['run', '--executor', 'docker', '--image', image, 'main.sh'], { cwd: directory.path })
    expect(stdout).toBe('')
    // The image has no shell, so that nothing can run in it.
    expect(stderr).toMatch(new RegExp(`^polyrun: fetching the image ${image} \\.\\.\\.\\npolyrun: [^\\n]*\\n$`))
  })

  test('a terminal shows how far it is, and Ctrl-C ends it', async () => {
    using directory = makeDirectory({ 'main.sh': 'echo ran' })
    const { image } = await fetchable('never sends the layer')
    const line = `mkfifo keys; exec 3<>keys
      script -qefc '"$NODE" "$MAIN" run --executor docker --image ${image} main.sh' screen.txt <keys >/dev/null & terminal=$!
      until grep -q "fetching the image ${image}:" screen.txt 2>/dev/null; do sleep 0.05; done
      printf '\\003' >&3; wait $terminal; echo "$?"`
    const { stdout } = await shell(line, { cwd: directory.path, env: { DOCKER_HOST, TERM: 'xterm-256color' } })
    expect(stdout).toBe('130\n')
    const screen = readFileSync(join(directory.path, 'screen.txt'), 'utf8')
    expect(screen).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
    expect(screen).not.toContain(`fetching the image ${image} ...`)
  })

  /** An image of a registry of this test, which the engine has not and will not keep. */
  async function fetchable(trouble: Trouble = 'none'): Promise<TinyRegistry> {
    const registry = await startRegistry(newMarker(), trouble)
    onTestFinished(async () => {
      const image = new Docker({ socketPath }).getImage(registry.image)
      await image.remove({ force: true }).catch(() => {}) // of one that never came there is nothing to remove
    })
    return registry
  }
})

describe('languages', () => {
  test('lists what the image has', async () => {
    const { stdout, exitCode } = await polyrun(['languages', ...IN_BASE, '--json'])
    const languages = JSON.parse(stdout) as { name: string; available: boolean; programs?: Readonly<Record<string, string>> }[]
    expect(languages.find(({ name }) => name === 'perl')).toMatchObject({ available: true, programs: { perl: '/usr/bin/perl' } })
    expect(languages.find(({ name }) => name === 'javascript')).toMatchObject({ available: false })
    expect(exitCode).toBe(0)
  })
})

describe('doctor', () => {
  test('tells what the engine is and holds', async () => {
    const { stdout, stderr, exitCode } = await polyrun(['doctor', '--json'])
    const { executors } = JSON.parse(stdout) as { executors: { name: string; status: string; facts: Fact[]; holds: object[] }[] }
    const report = executors.find(({ name }) => name === 'docker')
    expect(report).toMatchObject({ status: 'available' })
    const value = (name: string): string | undefined => report?.facts.find((fact) => fact.name === name)?.value
    expect(value('engine')).toContain((await client.version()).Version)
    expect(value('--runtime')).toContain('(default)')
    expect(value('images') === 'none' ? value('fast path') === 'not tried' : value('fast path') === 'works').toBe(true)
    expect(report?.holds).toContainEqual({
      capability: 'memory-limit',
      strength: 'kernel',
      through: expect.stringMatching(/^memory controller of cgroup version [12]$/) as string,
    })
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  })

  test('tries the fast path in a container that is gone afterwards', async () => {
    expect(await tryStart(client, BASE_IMAGE, new AbortController().signal)).toBe('sealed shell')
    expect(await containersOf(process.pid)).toEqual([])
  })
})

interface Fact {
  readonly name: string
  readonly value: string
}

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ForkRequest } from '../../../src/executors/docker/preload/fork-request.ts'
import { END_WAITING, WaitingNode } from '../../../src/executors/docker/preload/waiting-node.ts'
import { NODE_PROGRAMS } from '../../support/node-programs.ts'
import { runWaiting, waitingFile } from '../../support/node.ts'
import { runFresh } from '../../support/python.ts'
import type { TwinProgram } from '../../support/python-programs.ts'
import { scratchDirectory } from '../../support/world.ts'

const ENV = { PATH: '/usr/local/bin:/usr/bin:/bin' }
/** Such as are here: the one that runs the tests, and the system's own. */
const NODES = [...new Set([process.execPath, '/usr/bin/node'])].filter((path) => existsSync(path))

function layOut(node: string, { main, files = {}, script = 'main.js', args = [], env = {}, stdin }: TwinProgram): ForkRequest {
  const cwd = scratchDirectory()
  for (const [path, text] of Object.entries({ 'main.js': main, ...files })) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), text)
  }
  return { argv: [node, script, ...args], cwd, env: { ...ENV, ...env }, ...(stdin !== undefined && { stdin: Buffer.from(stdin) }) }
}

/** Process ids are new each time. */
const withoutIds = (text: string): string => text.replaceAll(/(?<=\(node:)\d+/g, 'ID')

describe.each(NODES)('a Node that waited is like a new one, %s', (node) => {
  test.each(NODE_PROGRAMS)('%s', async (_name, program) => {
    const request = layOut(node, program)
    const fresh = await runFresh(request)
    const waited = await runWaiting(waitingFile(), request)
    expect(waited.prologue).toBe('need\nbegun\n')
    expect({ ...waited, error: withoutIds(waited.error) }).toMatchObject({ ...fresh, error: withoutIds(fresh.error) })
  })

  test('timers count from when they are set, however long it waited', async () => {
    const main = `const begun = process.hrtime.bigint()
setTimeout(() => console.log(Number(process.hrtime.bigint() - begun) / 1e6 >= 390), 400)
setTimeout(() => {}, 600)
const limit = AbortSignal.timeout(400)
limit.onabort = () => console.log(Number(process.hrtime.bigint() - begun) / 1e6 >= 390)`
    const { output } = await runWaiting(waitingFile(), layOut(node, { main }), { before: () => delay(1_000) })
    expect(output).toBe('true\ntrue\n')
  })
})

describe('an order', () => {
  const [node = ''] = NODES

  test('may bring the script, which is written through no link', async () => {
    const file = waitingFile()
    const request = { ...layOut(node, { main: 'old, and longer' }), source: Buffer.from('console.log(1)'), umask: 0o027 }
    expect(await runWaiting(file, request)).toMatchObject({ output: '1\n', status: { exitCode: 0 } })
    expect(readFileSync(join(request.cwd, 'main.js'), 'utf8')).toBe('console.log(1)')

    symlinkSync(join(request.cwd, 'target'), join(request.cwd, 'link.js'))
    const ended = await runWaiting(file, { ...request, argv: [node, 'link.js'] })
    expect(ended).toEqual({ prologue: 'need\n', output: '', error: '', status: { signal: 'SIGKILL' } })
    expect(existsSync(join(request.cwd, 'target'))).toBe(false)
  })

  test('that cannot be followed, or is none, ends what waits before there is a program', async () => {
    const file = waitingFile()
    const request = layOut(node, { main: 'console.log(1)' })
    const ended = { prologue: 'need\n', output: '', error: '', status: { signal: 'SIGKILL' } }
    expect(await runWaiting(file, { ...request, cwd: join(request.cwd, 'gone') })).toEqual(ended)
    expect(await runWaiting(file, request, { order: END_WAITING })).toEqual(ended)
  })
})

describe('what may become of it', () => {
  const waiting = new WaitingNode({ node: '/usr/bin/node', env: { OWN: '1' } }, { workDir: '/w', isVolume: false, odd: {} })
  const request: ForkRequest = { argv: ['/usr/bin/node', 'main.js', 'a'], env: { OWN: '1', LIKE: '2' }, cwd: '/w' }

  test('a script with arguments, variables and input', () => {
    expect(waiting.canRun({ ...request, stdin: Buffer.from('in') })).toBe(true)
  })

  test.each<readonly [string, Partial<ForkRequest>]>([
    ['another interpreter', { argv: ['/opt/node', 'main.js'] }],
    ['an option', { argv: ['/usr/bin/node', '--prof.js'] }],
    ['no script', { argv: ['/usr/bin/node'] }],
    ['a word that Node knows', { argv: ['/usr/bin/node', 'inspect', 'main.js'] }],
    ['an argument that no process can be given', { argv: ['/usr/bin/node', 'main.js', 'a\0b'] }],
    ['a variable that is missing', { env: { LIKE: '2' } }],
    ['options in a variable', { env: { OWN: '1', NODE_OPTIONS: '--no-warnings' } }],
    ['a place for modules', { env: { OWN: '1', NODE_PATH: '/lib' } }],
    ['threads', { env: { OWN: '1', UV_THREADPOOL_SIZE: '1' } }],
    ['a library to load', { env: { OWN: '1', LD_PRELOAD: '/x.so' } }],
    ['a time zone', { env: { OWN: '1', TZ: 'Asia/Tokyo' } }],
    ['a language', { env: { OWN: '1', LC_ALL: 'de_DE.UTF-8' } }],
    ['a home', { env: { OWN: '1', HOME: '/root' } }],
    ['much input', { stdin: Buffer.alloc(100_000) }],
  ])('not a run with %s', (_name, change) => {
    expect(waiting.canRun({ ...request, ...change })).toBe(false)
  })
})

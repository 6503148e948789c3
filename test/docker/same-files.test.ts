import { chmodSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeDocker, noDocker } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

/** Reads a file again and again until another one is there, and ends with 4 when it was not whole. */
const READER = `until [ -e over ]; do read -r line <d/shared.txt && [ "$line" = whole ] || exit 4; done; echo read`

test.each([
  ['few, which a script writes', 0],
  ['many, which come in an archive', 40],
])('programs at once that bring the same file never see half of it: %s', async (_, more) => {
  const executor = makeDocker({ concurrency: 3 })
  const shared = { 'd/shared.txt': 'whole\n', ...Object.fromEntries(Array.from({ length: more }, (__, n) => [`d/${n}.txt`, 'x'])) }
  const readers = [1, 2].map((n) =>
    executor.executeCode({ [`reader${n}.sh`]: READER, ...shared }, 'sh', { entryPoint: `reader${n}.sh`, timeoutMs: 60_000 }),
  )
  for (let round = 0; round < 60; round += 1) {
    const writer = await executor.executeCode({ 'writer.sh': ':', ...shared }, 'sh', { entryPoint: 'writer.sh' })
    expect(writer.exitCode).toBe(0)
  }
  await executor.files.write('over', '')
  expect((await Promise.all(readers)).map(({ output, exitCode }) => [output, exitCode])).toEqual([
    ['read\n', 0],
    ['read\n', 0],
  ])
  expect((await executor.executeCode('ls -A | grep ^[.]; ls -A d | grep ^[.]', 'sh')).output).toBe('')
})

test('a file takes the place of a directory, of a link and of what may not be written, and never goes into one', async () => {
  const executor = makeDocker()
  await executor.executeCode('mkdir -p a/b big; echo old >c; chmod 444 c; echo out >/tmp/out; mkdir deep; chmod 555 deep', 'sh')
  const files = { 'main.sh': 'cat a c big; [ -f a ] && [ -f big ] && ls', a: 'a\n', big: 'big\n', c: 'c\n' }
  expect((await executor.executeCode(files, 'sh', { entryPoint: 'main.sh' })).output).toBe('a\nc\nbig\na\nbig\nc\ndeep\nmain.sh\n')
  const many = { ...files, ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`many/${n}`, String(n)])) }
  await executor.executeCode('rm a; mkdir -p a/b; mkdir -p many/7/x', 'sh')
  expect((await executor.executeCode({ ...many, 'main.sh': 'cat a many/7' }, 'sh', { entryPoint: 'main.sh' })).output).toBe('a\n7')
})

test.each(['a directory of its own', 'a volume'])('so many files that their names alone are long come whole: %s', async (where) => {
  const bind = where === 'a volume' ? scratchDirectory() : undefined
  if (bind !== undefined) chmodSync(bind, 0o777)
  const executor = makeDocker(bind === undefined ? {} : { volumes: { [bind]: { bind: '/workspace', mode: 'rw' } } })
  for (const text of ['first', 'second']) {
    const many = Array.from({ length: 1_500 }, (_, n) => [`d${n % 3}/a name of some length ${n}`, `${text} ${n}\n`] as const)
    const files = { 'main.sh': 'cat d*/* | sort | uniq | wc -l; cat d1/*1498', ...Object.fromEntries(many) }
    expect((await executor.executeCode(files, 'sh', { entryPoint: 'main.sh' })).output).toBe(`1500\n${text} 1498\n`)
  }
})

test('a large input comes whole beside long arguments', async () => {
  const args = Array.from({ length: 500 }, (_, n) => `an argument of some length ${n}`)
  const stdin = 'x'.repeat(300_000)
  const { output } = await makeDocker().executeCode('echo $# $(wc -c) ${500}', 'sh', { args, stdin })
  expect(output).toBe('500 300000 an argument of some length 499\n')
})

test('files that fit only in the place of those that are there go there', async () => {
  const executor = makeDocker({ limits: { disk: '8m' } })
  const large = Buffer.alloc(5_000_000, 'x')
  for (const round of ['first', 'second']) {
    const files = { 'main.sh': `wc -c <large; echo ${round}`, large }
    expect((await executor.executeCode(files, 'sh', { entryPoint: 'main.sh' })).output).toBe(`5000000\n${round}\n`)
  }
})

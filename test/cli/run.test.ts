import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeDirectory, polyrun, shell } from './polyrun.ts'

const NONE = ['run', '--isolation', 'none']

test('both streams and the exit code are the program’s', async () => {
  using directory = makeDirectory({ 'both.sh': 'echo out; echo err >&2; exit 3' })
  const outcome = await polyrun([...NONE, 'both.sh'], { cwd: directory.path })
  expect(outcome.stdout).toBe('out\n')
  expect(outcome.stderr).toMatch(/^err\npolyrun: ended after \d+\.\d s: exit 3\n$/)
  expect(outcome.exitCode).toBe(3)
})

test('a program that ends well has nothing said about it', async () => {
  using directory = makeDirectory({ 'hello.js': 'process.stdout.write("no line end, ünïcödé 🙂")' })
  expect(await polyrun([...NONE, 'hello.js'], { cwd: directory.path })).toEqual({
    exitCode: 0,
    signal: null,
    stdout: 'no line end, ünïcödé 🙂',
    stderr: '',
  })
})

test('without --isolation it warns in one line, and not more than that', async () => {
  using directory = makeDirectory({ 'hello.sh': 'echo hello' })
  const { stdout, stderr } = await polyrun(['run', 'hello.sh'], { cwd: directory.path })
  expect(stdout).toBe('hello\n')
  expect(stderr).toMatch(/^polyrun: [^\n]*--isolation[^\n]*\n$/)
})

test('words after -- go to the program, flags among them', async () => {
  using directory = makeDirectory({ 'args.sh': 'for word in "$@"; do echo "[$word]"; done' })
  const { stdout } = await polyrun([...NONE, 'args.sh', '--', '--json', '', '--', 'a b', '$HOME'], { cwd: directory.path })
  expect(stdout).toBe('[--json]\n[]\n[--]\n[a b]\n[$HOME]\n')
})

test('--env sets variables and passes named ones through, and nothing else comes with them', async () => {
  using directory = makeDirectory({ 'env.sh': 'echo "$ONE|$TWO|$SECRET"' })
  const { stdout } = await polyrun([...NONE, '--env', 'ONE=1=one', '-e', 'TWO', 'env.sh'], {
    cwd: directory.path,
    env: { TWO: 'two', SECRET: 'not for you' },
  })
  expect(stdout).toBe('1=one|two|\n')
})

test('a pipe on standard input reaches the program', async () => {
  using directory = makeDirectory({ 'upper.py': 'import sys\nprint(sys.stdin.read().upper(), end="")' })
  expect(await shell('echo hi | polyrun run --isolation none upper.py', { cwd: directory.path })).toMatchObject({
    stdout: 'HI\n',
    stderr: '',
  })
  expect(await shell('polyrun run --isolation none upper.py <upper.py', { cwd: directory.path })).toMatchObject({ exitCode: 0, stderr: '' })
})

test('--stdin takes a file, - waits for ours, --no-stdin reads nothing', async () => {
  using directory = makeDirectory({ 'cat.sh': 'cat', 'words.txt': 'from a file\n' })
  const cwd = directory.path
  expect(await polyrun([...NONE, '--stdin', 'words.txt', 'cat.sh'], { cwd, input: 'unread' })).toMatchObject({ stdout: 'from a file\n' })
  expect(await polyrun([...NONE, '--stdin', '-', 'cat.sh'], { cwd, input: 'from the pipe' })).toMatchObject({ stdout: 'from the pipe' })
  expect(await polyrun([...NONE, '--no-stdin', 'cat.sh'], { cwd, input: { open: true } })).toMatchObject({ stdout: '', exitCode: 0 })
})

test('a pipe that nobody writes to is an error that says what to do, not a hang', async () => {
  using directory = makeDirectory({ 'cat.sh': 'cat' })
  const { exitCode, stderr } = await polyrun([...NONE, 'cat.sh'], { cwd: directory.path, input: { open: true } })
  expect(stderr).toMatch(/^polyrun: .*open pipe.*--no-stdin.*\n$/)
  expect(exitCode).toBe(2)
})

test('a program on standard input', async () => {
  const options = { input: 'print(6 * 7)' }
  expect(await polyrun([...NONE, '-', '--language', 'py'], options)).toMatchObject({ stdout: '42\n', stderr: '', exitCode: 0 })
  expect(await polyrun([...NONE, '-'], { input: '#!/usr/bin/env -S bash -e\necho from a shebang' })).toMatchObject({
    stdout: 'from a shebang\n',
  })
})

test('a file without a known extension is told by its #! line', async () => {
  using directory = makeDirectory({ tool: '#!/usr/bin/python3\nprint("python")' })
  expect(await polyrun([...NONE, 'tool'], { cwd: directory.path })).toMatchObject({ stdout: 'python\n', exitCode: 0 })
})

test('files in the current directory run in place, find their neighbours, and are not touched', async () => {
  using directory = makeDirectory({
    'main.py': 'import helper\nprint(open("data.txt").read(), helper.NAME)\n',
    'helper.py': 'NAME = "neighbour"',
  })
  writeFileSync(join(directory.path, 'data.txt'), 'data')
  const before = statSync(join(directory.path, 'main.py'), { bigint: true })
  const { stdout } = await polyrun([...NONE, '--env', 'PYTHONDONTWRITEBYTECODE=1', 'main.py'], { cwd: directory.path })
  expect(stdout).toBe('data neighbour\n')
  const after = statSync(join(directory.path, 'main.py'), { bigint: true })
  expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs])
  expect(readdirSync(directory.path).toSorted()).toEqual(['data.txt', 'helper.py', 'main.py'])
})

test('a link in the current directory is run and stays a link', async () => {
  using directory = makeDirectory({ 'real.sh': 'echo real' })
  symlinkSync('real.sh', join(directory.path, 'link.sh'))
  expect(await polyrun([...NONE, 'link.sh'], { cwd: directory.path })).toMatchObject({ stdout: 'real\n' })
  expect(lstatSync(join(directory.path, 'link.sh')).isSymbolicLink()).toBe(true)
})

test('files elsewhere run as copies in a private directory that is gone afterwards', async () => {
  using here = makeDirectory()
  using there = makeDirectory({ 'main.py': 'import os, helper\nprint(os.getcwd(), helper.NAME)', 'helper.py': 'NAME = "copied too"' })
  const files = ['main.py', 'helper.py'].map((name) => join(there.path, name))
  const { stdout } = await polyrun([...NONE, ...files], { cwd: here.path })
  const [, place = '', name] = /^(\S+) (.*)\n$/.exec(stdout) ?? []
  expect(name).toBe('copied too')
  expect([here.path, there.path]).not.toContain(place)
  expect(statSync(place, { throwIfNoEntry: false })).toBeUndefined()
  expect(readdirSync(there.path).toSorted()).toEqual(['helper.py', 'main.py'])
  expect(readdirSync(here.path)).toEqual([])
})

test('--workdir is where it runs, and a file of the user there is never replaced', async () => {
  using there = makeDirectory({ 'main.sh': 'pwd; ls' })
  using here = makeDirectory()
  mkdirSync(join(here.path, 'work'))
  const run = (): ReturnType<typeof polyrun> => polyrun([...NONE, '--workdir', 'work', join(there.path, 'main.sh')], { cwd: here.path })
  expect(await run()).toMatchObject({ stdout: `${join(here.path, 'work')}\nmain.sh\n` })
  writeFileSync(join(here.path, 'work', 'main.sh'), 'echo mine')
  expect(await run()).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('would be replaced') as string })
  expect(readFileSync(join(here.path, 'work', 'main.sh'), 'utf8')).toBe('echo mine')
})

test('a file that is named twice is one file', async () => {
  using directory = makeDirectory({ 'main.sh': 'echo once' })
  expect(await polyrun([...NONE, 'main.sh', './main.sh', join(directory.path, 'main.sh')], { cwd: directory.path })).toMatchObject({
    stdout: 'once\n',
  })
})

test('--json prints the result and nothing else', async () => {
  using directory = makeDirectory({ 'both.sh': 'echo out; echo err >&2; exit 3' })
  const { exitCode, stdout, stderr } = await polyrun([...NONE, '--json', 'both.sh'], { cwd: directory.path })
  expect(JSON.parse(stdout)).toMatchObject({
    output: 'out\n',
    error: 'err\n',
    exitCode: 3,
    success: false,
    termination: { kind: 'exited', exitCode: 3 },
    phase: 'run',
  })
  expect(stderr).toBe('')
  expect(exitCode).toBe(3)
})

test('what --output-bytes leaves out is said', async () => {
  using directory = makeDirectory({ 'long.sh': 'printf 1234567890' })
  const { exitCode, stdout, stderr } = await polyrun([...NONE, '--output-bytes', '4', 'long.sh'], { cwd: directory.path })
  expect(stdout).toBe('1234')
  expect(stderr).toMatch(/^polyrun: 6 bytes of standard output were left out; --output-bytes [^\n]*\n$/)
  expect(exitCode).toBe(0)
})

test('compiling and running are told apart', async () => {
  using directory = makeDirectory({ 'bad.c': 'int main(void) { return x; }' })
  const { exitCode, stderr } = await polyrun([...NONE, 'bad.c'], { cwd: directory.path })
  expect(stderr).toMatch(/undeclared[\s\S]*\npolyrun: ended after \d+\.\d s while compiling: exit 1\n$/)
  expect(exitCode).toBe(1)
})

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeDirectory, polyrun } from './polyrun.ts'

const FILES = { 'main.py': 'print(1)', 'notes.xyz': 'nothing' }

test.each([
  [['run', '--timout', '3', 'main.py'], /--timout.*Did you mean --timeout\?.*after --/],
  [['run'], /missing required argument.*polyrun run --help/i],
  [['rum', 'main.py'], /unknown command 'rum'.*Did you mean run\?/i],
  [['main.py'], /To run a file: polyrun run main\.py/],
  [['run', 'mian.py'], /no file mian\.py\. Did you mean main\.py\?/],
  [['run', 'nowhere/at/all.py'], /no file nowhere\/at\/all\.py/],
  [['run', 'folder'], /folder is a directory\. Name the files/],
  [['run', 'notes.xyz'], /--language NAME/],
  [['run', '-l', 'pyhton', 'main.py'], /pyhton.*Did you mean python\?/],
  [['run', '--executor', 'moon', 'main.py'], /no executor moon\. Known: local/],
  [['run', '--timeout', 'soon', 'main.py'], /--timeout soon.*500ms/],
  [['run', '--timeout', '0', 'main.py'], /--timeout/],
  [['run', '--memory', 'lots', 'main.py'], /--memory.*512m/],
  [['run', '--pids', '1.5', 'main.py'], /--pids 1\.5/],
  [['run', '--cpus', '-1', 'main.py'], /--cpus/],
  [['run', '--isolation', 'perfect', 'main.py'], /none, bubblewrap, auto/],
  [['run', '--env', 'NOT_SET_HERE', 'main.py'], /NOT_SET_HERE.*not set/],
  [['run', '--env', '=x', 'main.py'], /--env =x has no name/],
  [['run', '--stdin', 'nothing.txt', 'main.py'], /no file nothing\.txt/],
  [
    ['run', '--executor', 'docker', '--isolation', 'auto', 'main.py'],
    /--isolation is not for the docker executor: a container.*--executor local/,
  ],
  [['run', '--image', 'x', 'main.py'], /--image is not for the local executor\. Leave it out, or take --executor docker/],
  [['languages', '--runtime', 'runsc'], /--runtime is not for the local executor/],
  [['run', '--network', 'bridge', 'main.py'], /--network bridge.*none and host/],
  [['run', '--executor', 'docker', '--volume', 'data:/data', 'main.py'], /--volume data:\/data is no volume; write --volume \/host/],
  [['run', '--executor', 'docker', '--volume', '/tmp:/workspace/', 'main.py'], /Give --workdir \/tmp instead/],
  [['run', '--executor', 'docker', '--volume', '/tmp:/a', '--volume', '/tmp:/b', 'main.py'], /--volume \/tmp is there twice/],
  [['run', '--executor', 'e2b', '--network', 'bridge', 'main.py'], /knows none and internet/],
  [['run', '--executor', 'e2b', '--runtime', 'runsc', 'main.py'], /--runtime is not for the e2b executor.*--executor docker/],
  [['run', '--executor', 'docker', '--user', 'root', 'main.py'], /user must be numbers/],
  [['run', '--executor', 'docker', '--pull', 'often', 'main.py'], /missing, always, never/],
  [['run', '-', 'main.py'], /\(-\) is one file/],
  [['run', '-', '--stdin', '-'], /--stdin FILE/],
])('%j is refused in one line that says what to do', async (words, message) => {
  using directory = makeDirectory(FILES)
  mkdirSync(join(directory.path, 'folder'))
  const { exitCode, stdout, stderr } = await polyrun(words, { cwd: directory.path })
  expect(stderr).toMatch(message)
  expect(stderr).toMatch(/^polyrun: [^\n]+\n$/)
  expect(stdout).toBe('')
  expect(exitCode).toBe(2)
})

test('--json tells an error as data on standard output', async () => {
  using directory = makeDirectory(FILES)
  const { exitCode, stdout } = await polyrun(['run', '--json', 'gone.py'], { cwd: directory.path })
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'FILE_NOT_FOUND', details: { path: 'gone.py' } } })
  expect(exitCode).toBe(2)
  const wrongFlag = await polyrun(['run', '--json', '--colour', 'main.py'], { cwd: directory.path })
  expect(JSON.parse(wrongFlag.stdout)).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } })
})

test('--verbose shows the stack, and only that does', async () => {
  using directory = makeDirectory(FILES)
  const { stderr } = await polyrun(['run', '--verbose', 'gone.py'], { cwd: directory.path })
  expect(stderr).toMatch(/\n {4}at .*program-files/)
  expect(stderr).toContain('caused by: ')
})

test('without words it shows how to use it', async () => {
  const { exitCode, stdout, stderr } = await polyrun([])
  expect(stderr).toContain('polyrun run hello.py')
  expect(stdout).toBe('')
  expect(exitCode).toBe(2)
})

test.each([['--help'], ['run', '--help'], ['languages', '--help'], ['doctor', '-h']])('%s', async (...words) => {
  const { exitCode, stdout, stderr } = await polyrun(words)
  expect(stdout).toMatch(/^Usage: polyrun/)
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
})

test('--version', async () => {
  expect(await polyrun(['--version'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) as string,
    stderr: '',
  })
})

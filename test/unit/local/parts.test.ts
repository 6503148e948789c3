import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isVisible, readSandboxExit, type SandboxLayout } from '../../../src/executors/local/bubblewrap.ts'
import { sweepCgroups } from '../../../src/engine/host/cgroup-scope.ts'
import { diskUsage } from '../../../src/executors/local/disk-usage.ts'
import { isOwnerDead, ownedName, ownerOf } from '../../../src/engine/ownership.ts'
import { listProcesses, readProcess } from '../../../src/engine/process-table.ts'
import { isShellName, LINE_BREAK_SETUP, quote, quoteLiterally } from '../../../src/engine/shell-words.ts'
import { SeededRandom } from '../../support/random.ts'
import { listTree, scratchDirectory } from '../../support/world.ts'

describe('words of a shell', () => {
  const nasty = [
    '',
    ' ',
    "'",
    `"`,
    '$HOME',
    '`id`',
    '$(id)',
    '\\',
    '\\n',
    '\n',
    'a\nb\n',
    '\n\n',
    "'\n'",
    '*',
    '~',
    '!',
    '#',
    '-n',
    '--',
    ';',
    '&',
    '|',
    'é漢😀',
    '\t',
    '\r\n',
    '\x01',
    '\x7f',
  ]

  test('come back from the shell exactly as they went in, both ways of quoting', () => {
    const random = new SeededRandom(21)
    const mixed = Array.from({ length: 300 }, () =>
      Array.from({ length: 1 + random.below(6) }, () => random.pick(nasty as [string, ...string[]])).join(''),
    )
    const words = [...nasty, ...mixed]
    const literally = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${words.map(quoteLiterally).join(' ')}`]).toString()
    expect(literally.split('\0').slice(0, -1)).toEqual(words)
    const line = `printf '%s\\0' ${words.map(quote).join(' ')}`
    expect(line).not.toContain('\n')
    const onOneLine = execFileSync('/bin/sh', ['-c', `${LINE_BREAK_SETUP}\nIFS= read -r line\neval "$line"`], {
      input: `${line}\n`,
    }).toString()
    expect(onOneLine.split('\0').slice(0, -1)).toEqual(words)
  })

  test('names that a shell can set and hand on are told from the others', () => {
    for (const name of ['A', '_A', 'a1', 'PATH', 'LINES', 'PS', 'PSX']) expect(isShellName(name), name).toBe(true)
    for (const name of [
      '',
      'A.B',
      'A-B',
      '1A',
      'ü',
      'A B',
      '_',
      'IFS',
      'PWD',
      'OLDPWD',
      'PPID',
      'OPTIND',
      'PS1',
      'LINENO',
      'UID',
      'BASH_ENV',
    ]) {
      expect(isShellName(name), name).toBe(false)
    }
  })
})

describe('owned names', () => {
  test('name this process, and it is alive', () => {
    const owner = ownerOf(ownedName('abc123'))
    expect(owner?.pid).toBe(process.pid)
    expect(owner && isOwnerDead(owner)).toBe(false)
  })

  test('a process that began at another time is another process', () => {
    const owner = ownerOf(ownedName('abc'))
    expect(owner && isOwnerDead({ ...owner, startTicks: owner.startTicks + 1 })).toBe(true)
    expect(owner && isOwnerDead({ ...owner, pid: 4_194_304 })).toBe(true)
    expect(owner && isOwnerDead({ ...owner, pid: 4_194_304, namespace: '1' }), 'of other namespaces nothing is known').toBe(false)
  })

  test.each([['polyrun-1-2-3-'], ['polyrun-1-2-abc'], ['polyrun-bootstrap-x1'], ['xpolyrun-1-2-3-a'], ['polyrun-1-2-3-a/b'], ['']])(
    '%j is none of ours',
    (name) => {
      expect(ownerOf(name)).toBeUndefined()
    },
  )
})

test('the process table has this process and its parent, and no dead one', () => {
  const entry = readProcess(process.pid)
  expect(entry).toMatchObject({ pid: process.pid, parent: process.ppid })
  expect(entry?.residentBytes).toBeGreaterThan(1024 ** 2)
  expect(listProcesses().map(({ pid }) => pid)).toContain(process.pid)
  expect(listProcesses(process.pid).map(({ pid }) => pid)).not.toContain(process.pid)
  expect(readProcess(4_194_304)).toBeUndefined()
})

describe('disk usage', () => {
  test('counts blocks of files in all directories, once per file, and follows no link', async () => {
    const [root, outside] = [scratchDirectory('memory'), scratchDirectory('memory')]
    writeFileSync(join(outside, 'large'), Buffer.alloc(5_000_000))
    mkdirSync(join(root, 'a/b'), { recursive: true })
    writeFileSync(join(root, 'a/b/file'), Buffer.alloc(1_000_000))
    const one = await diskUsage([root])
    expect(one).toBeGreaterThanOrEqual(1_000_000)
    expect(one).toBeLessThan(1_100_000)
    linkSync(join(root, 'a/b/file'), join(root, 'second-name'))
    symlinkSync(outside, join(root, 'link'))
    symlinkSync(join(outside, 'large'), join(root, 'link-to-file'))
    symlinkSync('.', join(root, 'loop'))
    expect(await diskUsage([root])).toBe(one)
    expect(await diskUsage([join(root, 'a'), join(root, 'not-there')])).toBe(one)
    rmSync(root, { recursive: true })
    expect(await diskUsage([root])).toBe(0)
  })
})

describe('how a sandbox ended', () => {
  const exited = (exitCode: number) => ({ exitCode, signal: null })
  test.each([
    ['an exit', exited(3), 'status 3\n', exited(3)],
    ['success', exited(0), 'status 0\n', exited(0)],
    ['an exit that looks like a signal', exited(137), 'status 137\n', exited(137)],
    ['a signal, named before the status', exited(137), 'Killed\nstatus 137\n', { exitCode: null, signal: 'SIGKILL' }],
    ['another signal', exited(139), 'Segmentation fault (core dumped)\nstatus 139\n', { exitCode: null, signal: 'SIGSEGV' }],
    ['the end of everything', { exitCode: null, signal: 'SIGKILL' as const }, '', { exitCode: null, signal: 'SIGKILL' }],
    ['a killed supervisor', exited(137), '', { exitCode: null, signal: 'SIGKILL' }],
  ])('%s', (_, exit, report, expected) => {
    expect(readSandboxExit(exit, report).exit).toEqual(expected)
  })

  test('a full temporary file system is told by its line, not by what a program prints', () => {
    expect(readSandboxExit(exited(1), 'status 1\nfull\n').temporaryFull).toBe(true)
    expect(readSandboxExit(exited(1), 'status 1\n').temporaryFull).toBe(false)
  })
})

test('a program is visible in the sandbox when both its name and what it is a link to are', () => {
  const shown = scratchDirectory()
  const hidden = scratchDirectory()
  writeFileSync(join(shown, 'real'), '')
  writeFileSync(join(hidden, 'real'), '')
  symlinkSync(join(shown, 'real'), join(shown, 'fine'))
  symlinkSync(join(hidden, 'real'), join(shown, 'leads-out'))
  const layout = { readOnlyPaths: [shown], workDir: '/nowhere' } as unknown as SandboxLayout
  expect(['real', 'fine', 'leads-out'].map((name) => isVisible(join(shown, name), layout))).toEqual([true, true, false])
  expect(isVisible(join(hidden, 'real'), layout)).toBe(false)
  expect(isVisible('/bin/sh', layout)).toBe(true)
})

test('sweeping goes on where another process swept the same cgroup a moment before', async () => {
  const parent = scratchDirectory()
  const owner = ownerOf(ownedName('x'))
  const name = `polyrun-4194304-1-${owner?.namespace}-abc`
  mkdirSync(join(parent, name)) // listed, but without the files that a live cgroup has
  await sweepCgroups({ parents: new Map([['kill', parent]]) })
  expect(listTree(parent)).toEqual([])
})

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { countsIn } from '../../../src/executors/docker/supervisor/scripts.ts'
import { scratchDirectory } from '../../support/world.ts'

/** What a supervisor reads of a control group with these files. `most` is how many processes there may be where none are counted. */
function countsOf(files: Readonly<Record<string, string>>, most = ''): { readonly kills: string; readonly refused: string } {
  const root = scratchDirectory()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const script = `most=$1; more=0\n${countsIn(root)}\ncounts; echo "$kills $refused"`
  const [kills = '', refused = ''] = execFileSync('/bin/sh', ['-c', script, 'counts', most], { encoding: 'utf8' }).trim().split(' ')
  return { kills, refused }
}

// As Linux 6.1 writes them.
const V2 = {
  'memory.events': 'low 0\nhigh 0\nmax 1208\noom 4\noom_kill 3\noom_group_kill 0\n',
  'pids.events': 'max 17\n',
  'pids.current': '9\n',
  'memory.max': '100663296\n',
}
const V1 = {
  'memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 1\noom_kill 5\n',
  'memory/memory.limit_in_bytes': '100663296\n',
  'pids/pids.events': 'max 2\n',
}

describe('the counters of the kernel', () => {
  test('cgroup version 2', () => expect(countsOf(V2)).toEqual({ kills: '3', refused: '17' }))

  test('cgroup version 1', () => expect(countsOf(V1)).toEqual({ kills: '5', refused: '2' }))

  test('version 2 of a group in which nothing happened', () => {
    const files = { 'memory.events': 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n', 'pids.events': 'max 0\n' }
    expect(countsOf(files)).toEqual({ kills: '0', refused: '0' })
  })

  test('a kill is what is counted, not reaching the limit', () => {
    expect(countsOf({ ...V2, 'memory.events': 'max 90\noom 9\noom_kill 0\noom_group_kill 7\n' }).kills).toBe('0')
  })

  test('version 2 with only one of the controllers', () => {
    expect(countsOf({ 'pids.events': V2['pids.events'] })).toEqual({ kills: '0', refused: '17' })
    expect(countsOf({ 'memory.events': V2['memory.events'] })).toEqual({ kills: '3', refused: '0' })
  })

  test('none, as under gVisor', () => expect(countsOf({})).toEqual({ kills: '0', refused: '0' }))

  test('where there are none, whether there are more processes now than there may be', () => {
    expect(countsOf({}, '0').refused).toBe('1')
    expect(countsOf({}, '1000000').refused).toBe('0')
  })
})

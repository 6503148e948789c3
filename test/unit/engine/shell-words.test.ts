import { spawnSync } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SAY_SIGNALS } from '../../../src/engine/index.ts'
import { scratchDirectory } from '../../support/world.ts'

const SHELLS = ['/bin/bash', '/bin/dash', '/bin/busybox', '/bin/ksh'].filter((path) => existsSync(path))

test.each(SHELLS)('%s, when it is called sh, says which signal ended a program', (path) => {
  const shell = join(scratchDirectory(), 'sh')
  symlinkSync(path, shell)
  const { stdout, stderr } = spawnSync(shell, ['-c', `${SAY_SIGNALS}\n(kill -9 "$(exec sh -c 'echo $PPID')"); echo "$?"`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], SHELLOPTS: 'posix' },
  })
  expect(stdout).toBe('137\n')
  expect(stderr).toContain('Killed')
})

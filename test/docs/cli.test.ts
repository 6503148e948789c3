import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the commands of docs/cli.md and the README do what they say', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'docs-cli-'))
  try {
    mkdirSync(join(directory, 'bin'))
    writeFileSync(join(directory, 'bin', 'polyrun'), `#!/bin/sh\nexec "${process.execPath}" "${resolve('src/cli/main.ts')}" "$@"\n`, {
      mode: 0o755,
    })
    const script = readFileSync('docs/examples/cli.sh', 'utf8')
    const env = { ...process.env, PATH: `${join(directory, 'bin')}:${process.env['PATH']}` }
    const running = promisify(execFile)('/bin/sh', ['-c', script], { cwd: directory, env, timeout: 60_000 })
    running.child.stdin?.end() // an open pipe that says nothing would be waited for
    const { stdout } = await running
    expect(stdout).toMatch(/^45\nhello\n45\n/)
    expect(stdout).toContain('python')
    expect(stdout).toContain('bubblewrap')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

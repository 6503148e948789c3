import { randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { TimeoutError } from '../../src/core/index.ts'
import { E2BBackend } from '../../src/executors/e2b/e2b-backend.ts'
import { readEnd, SIGNAL_WORDS } from '../../src/executors/e2b/process-end.ts'
import { readSettings } from '../../src/executors/e2b/settings.ts'
import { expectCode } from '../support/expect-code.ts'
import { sandboxTest } from '../support/e2b/with-stand-in.ts'
import { PLAIN_NAMES, PLAIN_NAMES_PRINTED, PRINT_PLAIN_NAMES } from '../support/plain-names.ts'
import { newMarker, processesWith, seeAlive } from '../support/world.ts'

sandboxTest('variables that have names which the scripts use themselves arrive', async ({ make }) => {
  const source = `cat >/dev/null; LC_ALL=C; export LC_ALL; ${PRINT_PLAIN_NAMES}`
  for (const executor of [make({ env: PLAIN_NAMES }), make()]) {
    const env = executor.executeCode({ 'main.sh': source, beside: 'x' }, 'sh', { stdin: 'given', entryPoint: 'main.sh', env: PLAIN_NAMES })
    expect((await env).output).toBe(PLAIN_NAMES_PRINTED)
  }
})

describe('the end of a process is read', () => {
  sandboxTest('for every signal of Linux, dumped or not', async () => {
    expect(SIGNAL_WORDS).toHaveLength(31)
    for (const [words, signal] of SIGNAL_WORDS) {
      for (const status of [`signal: ${words}`, `signal: ${words} (core dumped)`]) {
        expect(readEnd({ exitCode: -1, exited: false, status })).toEqual({ kind: 'signaled', signal })
      }
    }
    expect(readEnd({ exitCode: -1, exited: false, status: 'signal: signal 36' })).toEqual({ kind: 'signaled', signal: 'SIGRTMIN+2' })
    expect(readEnd({ exitCode: 255, exited: true, status: 'exit status 255' })).toEqual({ kind: 'exited', exitCode: 255 })
  })

  sandboxTest('of programs that signals end', async ({ make }) => {
    const executor = make()
    for (const signal of ['HUP', 'XCPU']) {
      const { termination } = await executor.executeCode(`kill -${signal} $$; sleep 9`, 'sh')
      expect(termination).toEqual({ kind: 'signaled', signal: `SIG${signal}` })
    }
  })
})

describe('files', () => {
  sandboxTest('go there and back byte for byte, small and large', async ({ standIn }) => {
    const backend = new E2BBackend(readSettings({ ...standIn.connection }))
    await backend.open({ signal: new AbortController().signal })
    try {
      const small = Uint8Array.from({ length: 256 }, (_, index) => index)
      const large = new Uint8Array(randomBytes(3 * 1024 ** 2))
      // A view of a larger piece of memory is what it shows and no more.
      const view = new Uint8Array(large.buffer, 1_000_001, 500_000)
      await backend.writeFiles(
        new Map([
          ['small.bin', small],
          ['a b/large.bin', large],
          ['view.bin', view],
        ]),
      )
      expect(Buffer.compare(await backend.readFile('small.bin'), small)).toBe(0)
      expect(Buffer.compare(await backend.readFile('a b/large.bin'), large)).toBe(0)
      expect(Buffer.compare(await backend.readFile('view.bin'), view)).toBe(0)
      await backend.writeFile('empty', new Uint8Array())
      expect(await backend.readFile('empty')).toHaveLength(0)
      await expectCode(backend.readFile('missing'), 'FILE_NOT_FOUND')
      await expectCode(backend.readFile('a b'), 'FILE_NOT_FOUND')
      await backend.remove(['a b', 'missing'])
      await expectCode(backend.readFile('a b/large.bin'), 'FILE_NOT_FOUND')
    } finally {
      await backend.close()
    }
  })

  sandboxTest('that cannot be written are refused, and nothing runs', async ({ make }) => {
    const executor = make()
    await executor.executeCode('mkdir -p data.txt/full', 'sh')
    const error = await expectCode(executor.executeCode({ 'main.sh': 'touch ran', 'data.txt': 'x' }, 'sh'), 'BACKEND_REJECTED')
    expect(error.message).toContain('data.txt')
    expect((await executor.executeCode('ls', 'sh')).output).not.toContain('ran')
  })

  sandboxTest('of root that programs link to stay as they are', async ({ standIn, make }) => {
    const executor = make()
    await executor.executeCode('ln -s /home/root.txt out; ln -s /home linked', 'sh')
    await executor.executeCode({ 'main.sh': ':', out: 'x', 'linked/root.txt': 'x' }, 'sh')
    expect(standIn.only.place.has('/home/root.txt')).toBe(false)
    expect(standIn.only.place.has('/home/user/linked/root.txt')).toBe(true)
  })

  sandboxTest('of root are left nowhere', async ({ standIn, make }) => {
    const executor = make()
    const files = { 'main.sh': 'cat', 'large.bin': new Uint8Array(200_000) }
    expect((await executor.executeCode(files, 'sh', { stdin: 'given' })).output).toBe('given')
    expect(standIn.only.place.list('/var/tmp')).toEqual([expect.stringMatching(/^polyrun-\w+$/)])
  })
})

describe('a program', () => {
  sandboxTest('is no root, sees nobody but itself, and ends nobody else', async ({ make }) => {
    const executor = make()
    const marker = newMarker()
    const other = executor.executeCode(`sleep 60.${marker}`, 'sh')
    other.catch(() => {})
    await seeAlive(marker)
    const { output } = await executor.executeCode(
      'id -u; cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "[s]leep 60"; kill -9 1 2>/dev/null || echo refused; kill -9 -1; echo gone',
      'sh',
    )
    expect(output).toMatch(/^[1-9]\d*\n0\nrefused\ngone\n$/)
    expect(processesWith(marker)).toHaveLength(1)
  })

  sandboxTest('has the variables of the template, of the executor and of the call, the later ones first', async ({ make }) => {
    const executor = make({ env: { A: 'executor', B: 'executor', HOME: '/elsewhere' } })
    const { output } = await executor.executeCode('echo "$A $B $HOME $USER"; env | grep -c SECRET', 'sh', { env: { B: 'call' } })
    expect(output).toBe('executor call /elsewhere user\n0\n')
  })

  sandboxTest('that is interrupted by the keyboard dies of it, as elsewhere', async ({ make }) => {
    const code =
      'import os, signal\ntry:\n  os.kill(os.getpid(), signal.SIGINT); signal.pause()\nexcept KeyboardInterrupt:\n  print("interrupted")'
    expect((await make().executeCode(code, 'python')).output).toBe('interrupted\n')
  })

  sandboxTest('keeps what it printed when its time is over, and nothing that shells say of that', async ({ make }) => {
    const executor = make()
    const error = await executor.executeCode('echo out; echo err >&2; sleep 60', 'sh', { timeoutMs: 2_000 }).then(
      () => undefined,
      (each: unknown) => each,
    )
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as TimeoutError).result).toMatchObject({ output: 'out\n', error: 'err\n' })
  })

  sandboxTest('whose words are too long is BACKEND_REJECTED', async ({ make }) => {
    await expectCode(make().executeCode('true', 'sh', { args: ['x'.repeat(200_000)] }), 'BACKEND_REJECTED')
  })

  sandboxTest('cannot tell a refusal: the secret is not known to it', async ({ make }) => {
    const { exitCode, error } = await make().executeCode('echo "00 refused nonsense" >&2; exit 121', 'sh')
    expect([exitCode, error]).toEqual([121, '00 refused nonsense\n'])
  })

  sandboxTest('runs in a directory of its own when that was asked for', async ({ make }) => {
    const executor = make({ workDir: '/home/user/deep/er' })
    expect((await executor.executeCode('pwd; touch ours; ls -A | wc -l', 'sh')).output).toBe('/home/user/deep/er\n2\n')
  })
})

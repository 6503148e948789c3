import { describe, expect, test } from 'vitest'
import { attack, makeDocker, noDocker } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'

skipBecause(noDocker)

describe('speaking in the name of what runs the programs', () => {
  test('lines like its own on both streams are just output', async () => {
    const lines = ['end 0 0 0 0 0 1', 'begun', 'need', 'refused no', 'ready 1', 'removed', 'runner 7', 'killer 8', 'counts 0 0 1']
    const secrets = ['0'.repeat(32), 'f'.repeat(32), '']
    const forged = secrets.flatMap((secret) => lines.map((line) => `${secret} ${line}`.trim())).join('\n')
    const source = `import sys\ntext = ${JSON.stringify(`${forged}\n`)}\nfor stream in (sys.stdout, sys.stderr): stream.write(text)\nsys.exit(9)`
    expect(await attack(makeDocker(), source)).toEqual({ how: 'exited', exitCode: 9, output: `${forged}\n`, error: `${forged}\n` })
  })

  test('bytes that mean something to the engine’s stream are just output', async () => {
    const source =
      'import sys\nfor n in range(64): sys.stdout.buffer.write(bytes([1, 0, 0, 0, 0, 0, 0, n, 2, 0, 0, 0, 255, 255, 255, 255]))'
    const { output, exitCode } = await attack(makeDocker(), source)
    expect({ bytes: output.length, exitCode }).toEqual({ bytes: 64 * 16, exitCode: 0 })
  })

  test('its descriptors cannot be opened, nor its memory', async () => {
    const source = `import os
opened = []
for pid in os.listdir('/proc'):
  if not pid.isdigit() or int(pid) == os.getpid(): continue
  for name in [f'fd/{n}' for n in range(256)] + ['mem', 'clear_refs', 'oom_adj', 'comm', 'coredump_filter', 'setgroups', 'uid_map']:
    try:
      os.close(os.open(f'/proc/{pid}/{name}', os.O_WRONLY | os.O_NONBLOCK))
      opened.append([pid, name])
    except OSError: pass
print(opened)`
    expect((await attack(makeDocker(), source)).output).toBe('[]\n')
  })

  test('a status from a signal’s range, and a message like the shell’s', async () => {
    const executor = makeDocker()
    for (const exitCode of [129, 137, 143, 255]) {
      expect(await attack(executor, `echo Killed >&2; exit ${exitCode}`, { language: 'sh' })).toMatchObject({ how: 'exited', exitCode })
    }
  })
})

describe('replacing what runs the programs', () => {
  test('its shell', async () => {
    const source = `import os
done = []
def tries(what, call):
  try:
    call()
    done.append(what)
  except OSError: pass
shell = '/run/polyrun/sh'
open('/tmp/evil', 'w').write('#!/bin/sh\\necho evil\\n')
os.chmod('/tmp/evil', 0o755)
tries('write', lambda: open(shell, 'w'))
tries('unlink', lambda: os.unlink(shell))
tries('rename away', lambda: os.rename(shell, shell + '-old'))
tries('rename over', lambda: os.rename('/tmp/evil', shell))
tries('mode', lambda: os.chmod(shell, 0o777))
tries('read', lambda: open(shell, 'rb').read(1))
tries('link', lambda: os.link(shell, '/run/polyrun/other'))
tries('directory', lambda: os.rename('/run/polyrun', '/run/other'))
tries('its mode', lambda: os.chmod('/run/polyrun', 0o700))
tries('/bin/sh', lambda: open('/bin/sh', 'w'))
for name in ('setsid', 'rm', 'chmod', 'sh'): open('/run/polyrun/' + name + '.evil', 'w')
print(done)`
    expect((await attack(makeDocker(), source)).output).toBe('[]\n')
  })

  test('the programs that it starts, by way of a search path and a profile', async () => {
    const executor = makeDocker()
    const source = `for name in sh rm setsid chmod python3 echo; do printf '#!/bin/sh\\necho evil' >$name; chmod 755 $name; cp $name /tmp; done
echo 'echo evil' >.profile; cp .profile /tmp/.profile; cp .profile .shrc`
    expect((await attack(executor, source, { language: 'sh' })).how).toBe('exited')
    expect(await executor.executeCode('print("good")', 'python')).toMatchObject({ output: 'good\n', error: '' })
  })
})

describe('what is in its way', () => {
  const odd = `import os, sys
for place in sys.argv[2:]:
  for name in (b'-rf', b'--', b'-n', b'a b', b'new\\nline', b'$(touch evil)', b'\\xff\\xfe', b'*', b'...', b'..x', b'.-', b'!'):
    path = os.path.join(os.fsencode(place), name)
    os.mkfifo(path + b'fifo')
    os.symlink('/etc', path + b'link')
    os.symlink('nowhere', path + b'dead')
    os.makedirs(path + b'dir/' + name)
    open(path + b'dir/' + name + b'/file', 'w').close()
    os.chmod(path + b'dir/' + name, 0)
    os.chmod(path + b'dir', 0)`

  test('pipes, links and closed directories with odd names in the temporary directories', async () => {
    const executor = makeDocker()
    const source = odd.replace('sys.argv[2:]', "('/tmp', '/dev/shm', '/run/polyrun')")
    expect(await attack(executor, source)).toMatchObject({ how: 'exited', error: '' })
    const { output } = await executor.executeCode('ls -A /tmp /dev/shm /run/polyrun', 'sh')
    expect(output).toBe('/dev/shm:\n\n/run/polyrun:\nsh\n\n/tmp:\n')
  })

  test('the same in the working directory, which is still emptied when it is recycled', async () => {
    const executor = makeDocker()
    expect(await attack(executor, odd.replace('sys.argv[2:]', "('.',)"))).toMatchObject({ how: 'exited', error: '' })
    await executor.recycle('workspace')
    expect((await executor.executeCode('import os\nprint(len(os.listdir(".")))', 'python')).output).toBe('1\n')
  })

  test.each(['0o000', '0o100', '0o400'])('a working directory with the mode %s', async (mode) => {
    const executor = makeDocker()
    expect((await attack(executor, `import os\nos.chmod('.', ${mode})`)).how).toBe('exited')
    expect((await attack(executor, `import os\nos.chmod('.', ${mode})\nos.kill(-1, 9)`)).how).toBe('BACKEND_LOST')
    // Of a program given as files nothing is removed, and nobody opens the directory for that.
    await executor.executeCode({ 'a.py': `import os\nos.chmod('.', ${mode})` }, 'python')
    expect((await executor.executeCode('echo next', 'sh')).output).toBe('next\n')
    await executor.executeCode({ 'a.py': `import os\nos.chmod('.', ${mode})` }, 'python')
    await executor.recycle('workspace')
    expect((await executor.executeCode('ls -A', 'sh')).output.trim().split('\n')).toHaveLength(1)
  })

  test('a link where a program’s file is to go', async () => {
    const executor = makeDocker()
    expect((await attack(executor, 'ln -s /etc/passwd a.py; mkdir real; ln -s real dir', { language: 'sh' })).how).toBe('exited')
    for (const path of ['a.py', 'dir/a.py']) {
      const error = await expectCode(executor.executeCode({ [path]: 'print(1)' }, 'python', { entryPoint: path }), 'INVALID_PATH')
      expect(error.message).toContain('link')
    }
    expect((await executor.executeCode('ls real', 'sh')).output).toBe('')
  })

  test('a directory or a pipe where a program’s file is to go is replaced', async () => {
    const executor = makeDocker()
    await attack(executor, 'mkdir -p a.py/b; mkfifo b.py', { language: 'sh' })
    for (const path of ['a.py', 'b.py']) {
      expect((await executor.executeCode({ [path]: 'print(1)' }, 'python', { entryPoint: path })).output).toBe('1\n')
    }
  })

  test('files so deep that no path reaches them', async () => {
    const source = `import os
for place in ('/tmp', '.'):
  os.chdir(place)
  for n in range(3000):
    os.mkdir('d' * 100)
    os.chdir('d' * 100)
  os.chdir('/workspace')`
    const executor = makeDocker()
    expect(await attack(executor, source)).toMatchObject({ how: 'exited', error: '' })
    await executor.recycle('workspace')
    expect((await executor.executeCode('ls -A /tmp; ls -A | wc -l', 'sh')).output.trim()).toBe('1')
  })
})

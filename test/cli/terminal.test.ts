import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { makeDirectory, shell, type Outcome } from './polyrun.ts'

const ESCAPE = '\u001B'
// oxlint-disable-next-line no-control-regex -- that is what it looks for
const COLOR = /\u001B\[[\d;]*m/
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/
const SLOW_COMPILE = `#include <stdio.h>\n#define A(x) (x)+(x)+(x)+(x)\n${'int f(int y){return y;}\n'}int main(void) { puts("compiled"); return 0; }`

/** Runs a line in a terminal made by script(1); what it shows comes on standard output. */
function inTerminal(line: string, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return shell(`script -qec '"$NODE" "$MAIN" ${line}' /dev/null`, { cwd, env: { TERM: 'xterm-256color', ...env } })
}

const hasScript = ((): boolean => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
})()

test('a pipe gets no escape codes and no spinner', async () => {
  using directory = makeDirectory({ 'fail.c': SLOW_COMPILE.replace('return 0', 'return 4') })
  const { stdout, stderr } = await shell('polyrun run --isolation none fail.c; polyrun doctor; polyrun languages; polyrun --help', {
    cwd: directory.path,
    env: { TERM: 'xterm-256color' },
  })
  expect(stdout).toContain('compiled\n')
  expect(stderr).toContain('exit 4')
  expect(stdout + stderr).not.toContain(ESCAPE)
  expect(stdout + stderr).not.toMatch(SPINNER)
})

test.runIf(hasScript)('a terminal gets colours, unless NO_COLOR is set', async () => {
  using directory = makeDirectory({ 'fail.sh': 'printf half; exit 4' })
  const line = 'run --isolation none fail.sh'
  const colored = await inTerminal(line, directory.path)
  // The end of the program's line is not there, so ours starts on a new one.
  expect(colored.stdout).toContain(`half\r\n${ESCAPE}[31mpolyrun:${ESCAPE}[39m ended after`)
  expect(colored.exitCode).toBe(4)
  const plain = await inTerminal(line, directory.path, { NO_COLOR: '1' })
  expect(plain.stdout).toMatch(/half\r\npolyrun: ended after/)
  expect(plain.stdout).not.toMatch(COLOR)
})

test.runIf(hasScript)('a terminal gets a spinner while it compiles, which is wiped before the program prints', async () => {
  // A compiler of our own that is slow for sure.
  using directory = makeDirectory({ 'main.c': SLOW_COMPILE, gcc: '#!/bin/sh\nsleep 1.5\nexec /usr/bin/gcc "$@"\n' })
  const { stdout } = await shell(`chmod +x gcc; PATH="$PWD:$PATH" script -qec '"$NODE" "$MAIN" run --isolation none main.c' /dev/null`, {
    cwd: directory.path,
    env: { TERM: 'xterm-256color' },
  })
  expect(stdout).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]\S* compiling main\.c/)
  const afterwards = stdout.slice(stdout.lastIndexOf('compiling main.c') + 'compiling main.c'.length)
  expect(afterwards).toContain(`${ESCAPE}[1G${ESCAPE}[0K`)
  expect(afterwards).toContain('compiled\r\n')
  expect(afterwards).not.toMatch(SPINNER)
  expect(stdout).toContain(`${ESCAPE}[?25h`) // the cursor is back
})

test.runIf(hasScript)('Ctrl-C in a terminal ends the program', async () => {
  using directory = makeDirectory({ 'slow.sh': 'echo started; sleep 60' })
  const line = `mkfifo keys; exec 3<>keys
    script -qefc '"$NODE" "$MAIN" run --isolation none slow.sh' screen.txt <keys >/dev/null & terminal=$!
    until grep -q started screen.txt 2>/dev/null; do sleep 0.05; done
    printf '\\003' >&3; wait $terminal; echo "$?"`
  const { stdout } = await shell(line, { cwd: directory.path, env: { TERM: 'xterm-256color' } })
  expect(stdout).toBe('130\n')
})

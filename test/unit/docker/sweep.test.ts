import { execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SWEEP_ALL } from '../../../src/executors/docker/supervisor/scripts.ts'
import { scratchDirectory } from '../../support/world.ts'

/** Runs what a supervisor knows of the processes to keep; `sleeper` is the number of one that runs meanwhile. */
function keeping(script: string, program = '/bin/sleep'): string {
  const begin = '"$1" 600 & sleeper=$!; trap "kill $sleeper 2>/dev/null" EXIT\n'
  return execFileSync('/bin/sh', ['-c', `${SWEEP_ALL}${begin}${script}`, 'keeping', program], { encoding: 'utf8' })
}

describe('a process to keep', () => {
  const look = 'keep_the_same && echo all || echo fewer; [ -z "$keep" ] && echo none || echo some'

  test('is kept as long as it is the same', () => expect(keeping(`keep=$sleeper; remember; ${look}`)).toBe('all\nsome\n'))

  test('is not kept when its number is another one’s', () => {
    expect(keeping(`keep=$sleeper; remember; starts=1; ${look}`)).toBe('fewer\nnone\n')
  })

  test('that has gone is not kept, nor one that took its number', () => {
    expect(keeping(`keep=$sleeper; remember; kill -9 $sleeper; wait; ${look}`)).toBe('fewer\nnone\n')
    expect(keeping(`keep=$sleeper; starts=-; ${look}`)).toBe('fewer\nnone\n')
  })

  test('is told from others beside it', () => {
    expect(keeping('keep="$$ $sleeper"; remember; starts="${starts% *} 1"; keep_the_same; [ "$keep" = " $$" ] && echo mine')).toBe('mine\n')
  })

  test('may have any name', () => {
    const odd = join(scratchDirectory(), 'a) S 1 (b 2')
    copyFileSync('/bin/sleep', odd)
    // The word after it in /proc/<id>/stat is 19 places before the start, which differs between two processes.
    expect(keeping(`keep=$sleeper; remember; echo $starts`, odd)).toMatch(/^\d+\n$/)
    expect(keeping(`keep=$sleeper; remember; ${look}`, odd)).toBe('all\nsome\n')
  })
})

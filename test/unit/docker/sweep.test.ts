import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { SWEEP_ALL } from '../../../src/executors/docker/supervisor/scripts.ts'

// A program can get the number of a process that it ended by starting others until it comes round again. Where a container has
// four million numbers, that takes minutes, so what is seen here is the supervisor's part of it.

/** Runs what a supervisor knows of the processes to keep; `sleeper` and `other` are the numbers of two that run meanwhile. */
function keeping(script: string): string {
  const begin = 'sleep 600 & sleeper=$!; sleep 600 & other=$!; trap "kill $sleeper $other 2>/dev/null" EXIT\n'
  return execFileSync('/bin/sh', ['-c', `${SWEEP_ALL}${begin}${script}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

describe('a process to keep', () => {
  const look = 'keep_the_same && echo all || echo fewer; echo $keep | sed "s/$$/me/g; s/$sleeper/sleeper/; s/$other/other/"'
  const end = 'kill -9 $sleeper; wait $sleeper'

  test('is kept as long as it is the same', () => {
    expect(keeping(`keep=$sleeper; remember; ${look}`)).toBe('all\nsleeper\n')
    expect(keeping(`keep="$$ $sleeper $other"; remember; ${look}; remember; ${look}`)).toBe(
      'all\nme sleeper other\nall\nme sleeper other\n',
    )
  })

  test('is not kept when it is gone, and others are', () => {
    expect(keeping(`keep="$$ $sleeper $other"; remember; ${end}; ${look}`)).toBe('fewer\nme other\n')
    expect(keeping(`${end}; keep="$sleeper $other"; remember; ${look}`)).toBe('fewer\nother\n')
  })

  test('is not kept when its number is another one’s', () => {
    expect(keeping(`keep=$sleeper; remember; ${end}; sleeper=; keep=$other; ${look}`)).toBe('fewer\n\n')
  })

  test('is remembered anew after another one', () => {
    expect(keeping(`keep=$sleeper; remember; ${end}; ${look}; keep=$other; remember; ${look}`)).toBe('fewer\n\nall\nother\n')
  })

  test('is kept by its number when there are more than can be held', () => {
    expect(keeping(`keep="$$ $$ $$ $sleeper"; remember; ${end}; ${look}`)).toBe('all\nme me me sleeper\n')
  })
})

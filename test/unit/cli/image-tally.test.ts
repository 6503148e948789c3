import { expect, test } from 'vitest'
import { ImageTally } from '../../../src/cli/image-tally.ts'
import type { ImageProgress } from '../../../src/executors/docker/images/image-progress.ts'

const pull = (rest: Omit<ImageProgress, 'image' | 'task'>): ImageProgress => ({ image: 'x:1', task: 'pull', ...rest })
const build = (rest: Omit<ImageProgress, 'image' | 'task'>): ImageProgress => ({ image: 'x:1', task: 'build', ...rest })

/** What a terminal would show after each of these. */
function states(lines: readonly ImageProgress[]): readonly string[] {
  const tally = new ImageTally()
  return lines.map((line) => tally.read(line).state)
}

test('layers add up, and unpacking takes nothing back', () => {
  const [a, b] = ['a', 'b']
  const lines = [
    pull({ status: 'Pulling from library/x' }),
    pull({ status: 'Pulling fs layer', layer: a }),
    pull({ status: 'Downloading', layer: a, currentBytes: 1_000_000, totalBytes: 4_000_000 }),
    pull({ status: 'Downloading', layer: b, currentBytes: 0, totalBytes: 6_000_000 }),
    pull({ status: 'Download complete', layer: a }),
    pull({ status: 'Extracting', layer: a, currentBytes: 500_000, totalBytes: 4_000_000 }),
    pull({ status: 'Downloading', layer: b, currentBytes: 3_000_000, totalBytes: 6_000_000 }),
    pull({ status: 'Pull complete', layer: b }),
  ]
  expect(states(lines)).toEqual([
    'Pulling from library/x',
    'Pulling fs layer',
    '25% of 4.0 MB',
    '10% of 10.0 MB',
    '40% of 10.0 MB',
    '40% of 10.0 MB',
    '70% of 10.0 MB',
    'unpacking',
  ])
})

test('a build tells its step, and what that fetches', () => {
  expect(
    states([
      build({ status: 'Sending files' }),
      build({ status: 'Step 1/8 : FROM x', step: 1, steps: 8 }),
      build({ status: 'Downloading', step: 1, steps: 8, layer: 'a', currentBytes: 1, totalBytes: 2_000_000 }),
    ]),
  ).toEqual(['Sending files', 'step 1/8', 'step 1/8, 0% of 2.0 MB'])
})

test('the task is the same text from beginning to end', () => {
  const tally = new ImageTally()
  expect(tally.read(pull({ status: 'a' })).task).toBe('fetching the image x:1')
  expect(tally.read(pull({ status: 'b', layer: 'c', currentBytes: 1, totalBytes: 2 })).task).toBe('fetching the image x:1')
  expect(tally.read(build({ status: 'a' })).task).toBe('building the image x:1')
})

import { describe, expect, test } from 'vitest'
import { isGone, isGoneOrGoing, isInUse, isStoppedOrGone } from '../../../src/executors/docker/engine-errors.ts'

/** An error as the client makes it of an answer. */
function answer(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message}`), { statusCode, json: { message } })
}

const ID = '3f4e9c'
/** What the engines say of a container or a volume that is not there any more, or soon will not be. */
const ANSWERS: readonly [statusCode: number, message: string, means: 'gone' | 'going' | 'stopped' | 'in use' | 'a failure'][] = [
  [404, `No such container: ${ID}`, 'gone'],
  [404, `get polyrun-x: no such volume`, 'gone'],
  [404, `no container with name or ID "${ID}" found: no such container`, 'gone'],
  [500, `container ${ID} does not exist in database: no such container`, 'gone'],
  [500, `no container with ID ${ID} found in database: no such container`, 'gone'],
  [500, `container ${ID} has already been removed: container has already been removed`, 'gone'],
  [409, `removal of container ${ID} is already in progress`, 'going'],
  [409, `container ${ID} is marked for removal and cannot be started`, 'going'],
  [409, `Container ${ID} is not running`, 'stopped'],
  [409, `can only kill running containers. ${ID} is in state exited: container state improper`, 'stopped'],
  [500, `can only kill running containers. ${ID} is in state exited: container state improper`, 'stopped'],
  [409, `remove polyrun-x: volume is in use - [${ID}]`, 'in use'],
  [409, `volume polyrun-x is being used by the following container(s): ${ID}: volume is being used`, 'in use'],
  [409, `You cannot remove a running container ${ID}. Stop the container before attempting removal or force remove`, 'a failure'],
  [500, `cannot remove container ${ID}: driver "overlay2" failed to remove root filesystem: device or resource busy`, 'a failure'],
  [500, `cannot kill container: ${ID}: tried to kill container, but did not receive an exit event`, 'a failure'],
]

test.each(ANSWERS)('%i %s: %s', (statusCode, message, means) => {
  const cause = answer(statusCode, message)
  expect({
    isGone: isGone(cause),
    isGoneOrGoing: isGoneOrGoing(cause),
    isStoppedOrGone: isStoppedOrGone(cause),
    isInUse: isInUse(cause),
  }).toEqual({
    isGone: means === 'gone',
    isGoneOrGoing: ['gone', 'going'].includes(means),
    isStoppedOrGone: ['gone', 'going', 'stopped'].includes(means),
    isInUse: means === 'in use',
  })
})

describe('without an answer', () => {
  test('nothing is known, whatever the words are', () => {
    for (const cause of [new Error('no such container'), Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' }), undefined]) {
      expect([isGone(cause), isGoneOrGoing(cause), isStoppedOrGone(cause)]).toEqual([false, false, false])
    }
  })
})

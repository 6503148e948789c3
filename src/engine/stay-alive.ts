/** The longest time that a timer can have. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Keeps this process alive until a promise settles. Node ends a process in which nothing is left to do, and waiting is nothing:
 * sockets and timers that are not to keep an idle executor's process alive do not keep that of a busy one alive, either.
 */
export async function stayAliveFor<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, LONGEST_MS)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}

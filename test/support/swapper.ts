import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Exchanges two names in one step (renameat2(2) with RENAME_EXCHANGE), so that there is always something under each. */
const EXCHANGER = `
import ctypes, os, sys
path, target = (os.fsencode(word) for word in sys.argv[1:])
link = path + b'.link'
os.symlink(target, link)
exchange = ctypes.CDLL(None, use_errno=True).renameat2
if exchange(-100, path, -100, link, 2) != 0: sys.exit(os.strerror(ctypes.get_errno()))
print('swapping', flush=True)
while True: exchange(-100, path, -100, link, 2)
`

/**
 * A hostile process that keeps exchanging the directory `path` with a link to `target`, as fast as it can, until it is
 * disposed of. It has begun when this resolves. Linux only.
 */
export async function startSwapping(path: string, target: string): Promise<AsyncDisposable> {
  const child = spawn('python3', ['-c', EXCHANGER, path, target], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const began = once(child.stdout, 'data')
  const tooEarly = exited.then(([code]) => Promise.reject(new Error(`the swapping process ended with ${code}`)))
  await Promise.race([began, tooEarly])
  tooEarly.catch(() => {})
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

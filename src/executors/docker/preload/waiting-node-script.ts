// The program that waits in a Node for the script that it is to run. It needs Node 12 or newer, and a file of its own.
//
// A run must not be able to tell that its interpreter was there before it, and the one way to be sure is that Node itself
// starts the script. So this is a module that Node requires in the middle of its own start. When all else is ready Node looks
// up `runMain`, which every module may replace, and calls it with the path of the script. Here a getter stands in its place: it
// waits, puts the old value back, and answers with that function, bound to another path. A bound function leaves no frame.

/**
 * A CommonJS module for `NODE_OPTIONS`, which is to hold `--require`, the file's path, and nothing else.
 *
 * It writes `need` to its output and reads an order from its input: 8 hexadecimal digits with the length of the fields, 8
 * with that of the program's input and 8 with that of the script to be written, and these three. The fields are JSON:
 * `{ cwd, umask, argv, env, writes }`, where `argv` begins with the script and `writes` says whether its text is in the order.
 * Then it writes `begun`, and is the program. What cannot be done as told, or is no order, ends the process by SIGKILL.
 *
 * A worker thread of the program loads the module again, and finds nothing to do.
 */
export const WAITING_NODE = String.raw`'use strict'
const Module = require('module')
delete require.cache[__filename]
for (const key of Object.keys(Module._pathCache)) if (key.startsWith(__filename)) delete Module._pathCache[key]
if (process.env.NODE_OPTIONS === '--require ' + __filename) {
  const fs = require('fs')
  const path = require('path')
  const { runMain } = Module

  const take = (size) => {
    const bytes = Buffer.alloc(size)
    for (let at = 0; at < size; ) {
      const count = fs.readSync(0, bytes, at, size - at, null)
      if (count === 0) throw new Error('nobody is there any more')
      at += count
    }
    return bytes
  }

  const write = (file, flags, bytes) => {
    const descriptor = fs.openSync(file, flags)
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(descriptor, bytes, at)
    fs.closeSync(descriptor)
  }

  const readFrom = (input) => {
    const { O_CREAT, O_EXCL, O_WRONLY } = fs.constants
    const file = input.length > 0 ? '/tmp/.polyrun-input-' + process.pid : '/dev/null'
    if (input.length > 0) write(file, O_WRONLY | O_CREAT | O_EXCL, input)
    fs.closeSync(0)
    if (fs.openSync(file, 'r') !== 0) throw new Error('the input has another number')
    if (input.length > 0) fs.unlinkSync(file)
  }

  const become = () => {
    const lengths = take(24).toString('latin1')
    const [fields, input, text] = [0, 8, 16].map((at) => parseInt(lengths.slice(at, at + 8), 16)).map(take)
    const { cwd, umask, argv, env, writes } = JSON.parse(fields.toString())
    process.chdir(cwd)
    if (umask !== undefined) process.umask(umask)
    const script = path.resolve(argv[0])
    const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = fs.constants
    if (writes) write(script, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, text)
    readFrom(input)
    Object.assign(process.env, env)
    process.argv.splice(1, process.argv.length, script, ...argv.slice(1))
    fs.writeSync(1, 'begun\n')
    return runMain.bind(Module, script)
  }

  delete process.env.NODE_OPTIONS
  Object.defineProperty(Module, 'runMain', {
    configurable: true,
    enumerable: true,
    get() {
      Object.defineProperty(Module, 'runMain', { value: runMain, writable: true })
      try {
        fs.writeSync(1, 'need\n')
        return become()
      } catch {
        process.kill(process.pid, 'SIGKILL')
      }
    },
  })
}
`

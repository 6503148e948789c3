import { HOLDER_DIRECTORY } from '../supervisor/holder-script.ts'

/** Does what {@link PYTHON_TOOLS} does, and takes the same arguments, in an image that has Node.js and no Python. */
export const NODE_TOOLS = `
const fs = require('node:fs')
const { randomUUID } = require('node:crypto')
const [what, ...args] = process.argv.slice(1)
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
const facts = (path) => fs.lstatSync(path, { throwIfNoEntry: false })

function clear(directory) {
  for (const name of fs.readdirSync(directory, { encoding: 'buffer' })) drop(Buffer.concat([Buffer.from(directory + '/'), name]))
}

function drop(path) {
  const found = facts(path)
  if (!found) return
  if (!found.isDirectory()) return fs.unlinkSync(path)
  fs.chmodSync(path, 0o700)
  for (const name of fs.readdirSync(path, { encoding: 'buffer' })) drop(Buffer.concat([Buffer.from(path), Buffer.from('/'), name]))
  fs.rmdirSync(path)
}

function write() {
  const data = fs.readFileSync(0)
  let at = data.indexOf(10) + 1
  for (const [path, size] of JSON.parse(data.toString('utf8', 0, at))) {
    const content = data.subarray(at, (at += size))
    const parts = path.split('/')
    for (let depth = 1; depth <= parts.length; depth += 1) {
      if (!facts(parts.slice(0, depth).join('/'))?.isSymbolicLink()) continue
      console.log(path)
      process.exit(3)
    }
    if (parts.length > 1) fs.mkdirSync(parts.slice(0, -1).join('/'), { recursive: true })
    if (facts(path)?.isDirectory()) drop(path)
    const fresh = [...parts.slice(0, -1), '.polyrun-' + randomUUID()].join('/')
    try {
      fs.writeFileSync(fresh, content, { flag: 'wx', mode: 0o644 })
      fs.renameSync(fresh, path)
    } catch (error) {
      drop(fresh)
      throw error
    }
  }
}

function find(name) {
  const places = name.includes('/') ? [name] : (process.env.PATH || '/usr/local/bin:/usr/bin:/bin').split(':').map((way) => way + '/' + name)
  for (const place of places) {
    try {
      fs.accessSync(place, fs.constants.X_OK)
      if (fs.statSync(place).isFile()) return place
    } catch {}
  }
}

function others() {
  return fs.readdirSync('/proc').filter((name) => {
    if (!/^[0-9]+$/.test(name) || name === '1' || Number(name) === process.pid) return false
    try {
      const status = fs.readFileSync('/proc/' + name + '/status', 'utf8')
      return Number(/\\nUid:\\s+(\\d+)/.exec(status)[1]) === process.getuid() && !/\\nState:\\s+[ZX]/.test(status)
    } catch {
      return false
    }
  })
}

function signalAll(signal) {
  try {
    process.kill(-1, signal)
  } catch {}
}

function event(paths, name) {
  for (const path of paths) {
    try {
      const lines = fs.readFileSync('/sys/fs/cgroup/' + path, 'utf8').split('\\n').map((line) => line.split(' '))
      const found = lines.find(([key]) => key === name)
      if (found) return Number(found[1])
    } catch {}
  }
  return 0
}

function isFull(directory) {
  const { bavail, ffree } = fs.statfsSync(directory)
  return bavail === 0 || ffree === 0
}

function end(grace) {
  if (grace > 0) {
    signalAll('SIGTERM')
    const until = performance.now() + grace
    while (others().length > 0 && performance.now() < until) sleep(5)
  }
  const until = performance.now() + 3000
  let gone = false
  while (!gone && performance.now() < until) {
    signalAll('SIGKILL')
    gone = others().length === 0
  }
  const counts = {
    memoryKills: event(['memory.events', 'memory/memory.oom_control'], 'oom_kill'),
    refusedForks: event(['pids.events', 'pids/pids.events'], 'max'),
  }
  const diskFull = isFull('.') || isFull('/tmp')
  let wiped = true
  for (const directory of ['/tmp', '/dev/shm', '/dev/mqueue', '${HOLDER_DIRECTORY}']) {
    try {
      clear(directory)
    } catch (error) {
      if (error.code !== 'ENOENT') wiped = false
    }
  }
  console.log(JSON.stringify({ gone, wiped, counts, diskFull }))
}

function read(path, most) {
  if (!facts(path)?.isFile()) process.exit(66)
  const file = fs.openSync(path, fs.constants.O_NOFOLLOW)
  const bytes = Buffer.alloc(Math.min(most, fs.fstatSync(file).size))
  fs.writeFileSync(1, bytes.subarray(0, fs.readSync(file, bytes)))
}

if (what === 'hold') {
  console.log('ready', process.pid, 0)
  process.stdin.on('end', () => process.exit()).resume()
} else if (what === 'write') write()
else if (what === 'remove') args.forEach(drop)
else if (what === 'find') {
  const found = find(args[0])
  if (found === undefined) process.exit(1)
  process.stdout.write(found)
} else if (what === 'read') read(args[0], Number(args[1]))
else if (what === 'empty') clear('.')
else if (what === 'end') end(Number(args[0]))
`

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir, networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bodies } from './index.ts'

const SECRET = 'the words that must not get out'

/** Lends a new directory of the host in every place that programs like to look: temporary files, home, variable data. */
async function withOutsideDirectories(use: (directories: readonly string[]) => Promise<void>): Promise<void> {
  const made: string[] = []
  try {
    for (const parent of [tmpdir(), homedir(), '/var/tmp']) {
      await mkdir(parent, { recursive: true }).catch(() => {})
      const directory = await mkdtemp(join(parent, '.polyrun-contract-')).catch(() => undefined)
      if (directory !== undefined) made.push(directory)
    }
    assert.ok(made.length > 0, 'this machine has no place for a secret')
    await use(made)
  } finally {
    for (const directory of made) await rm(directory, { recursive: true, force: true })
  }
}

/** Listens on every address of the host by TCP and UDP, and counts who came. */
async function withListeners(
  use: (addresses: readonly string[], tcpPort: number, udpPort: number, visits: () => number) => Promise<void>,
): Promise<void> {
  let visits = 0
  const onVisit = (): void => void (visits += 1)
  const server = createServer((socket) => {
    onVisit()
    socket.destroy()
  })
  const socket = createSocket('udp4').on('message', onVisit)
  try {
    server.listen(0, '0.0.0.0')
    socket.bind(0, '0.0.0.0')
    await Promise.all([once(server, 'listening'), once(socket, 'listening')])
    const bound = server.address()
    assert.ok(typeof bound === 'object' && bound !== null)
    const addresses = Object.values(networkInterfaces()).flatMap(
      (each) => each?.filter(({ family }) => family === 'IPv4').map(({ address }) => address) ?? [],
    )
    await use(addresses, bound.port, socket.address().port, () => visits)
  } finally {
    server.close()
    socket.close()
  }
}

const connecting = (addresses: readonly string[], tcpPort: number, udpPort: number): string => `
import socket
for address in ${JSON.stringify(addresses)}:
    try:
        socket.create_connection((address, ${tcpPort}), timeout=1).close()
        print("connected to", address)
    except OSError:
        print("refused")
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", (address, ${udpPort}))
    except OSError:
        pass
`

export const isolationBodies = {
  'isolation:read': async (t) => {
    await withOutsideDirectories(async (directories) => {
      const executor = t.create()
      for (const directory of directories) {
        const path = join(directory, 'secret.txt')
        await writeFile(path, SECRET)
        const result = await executor.executeCode('cat "$1"; echo "tried $?"', 'sh', { args: [path] })
        assert.match(result.output, /^tried [1-9]/, `${path} could be read`)
      }
    })
  },

  'isolation:write': async (t) => {
    await withOutsideDirectories(async (directories) => {
      const executor = t.create()
      for (const directory of [...directories, '/usr/local', '/etc', '/']) {
        const path = join(directory, `polyrun-contract-${t.marker()}`)
        await executor.executeCode('mkdir -p "${1%/*}"; echo written > "$1"', 'sh', { args: [path] })
        const isThere = await t.probe.fileExists(path)
        await rm(path, { force: true })
        assert.equal(isThere, false, `${path} was written`)
      }
      const inside = await executor.executeCode('echo fine > inside && cat inside', 'sh')
      assert.equal(inside.output, 'fine\n', 'the working directory cannot be written to')
    })
  },

  'isolation:environ': async (t) => {
    // A process of its own: what is set in this one later is not in the environment that others see.
    const witness = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { env: { SECRET }, stdio: 'ignore' })
    try {
      await once(witness, 'spawn')
      const source = 'cat /proc/[0-9]*/environ 2>/dev/null | tr "\\000" "\\n" | grep -c "$1.*$2"; [ -r /proc/self/environ ] && echo looked'
      const { output } = await t.create().executeCode(source, 'sh', { args: [SECRET.slice(0, 9), SECRET.slice(10)] })
      assert.equal(output, '0\nlooked\n')
    } finally {
      witness.kill('SIGKILL')
    }
  },

  'isolation:connect': async (t) => {
    await withListeners(async (addresses, tcpPort, udpPort, visits) => {
      assert.ok(addresses.includes('127.0.0.1'), 'this machine has no loopback address')
      const { output } = await t.create().executeCode(connecting(addresses, tcpPort, udpPort), 'python')
      assert.equal(output, 'refused\n'.repeat(addresses.length))
      assert.equal(visits(), 0, 'a listener of the host was reached')
    })
  },

  'isolation:names': async (t) => {
    const source = `
import socket
for name in ("example.com", "one.one.one.one"):
    try:
        socket.getaddrinfo(name, 443)
        print("resolved", name)
    except OSError:
        print("refused")
`
    const { output } = await t.create().executeCode(source, 'python', { timeoutMs: t.ms(25_000) })
    assert.equal(output, 'refused\nrefused\n')
  },
} as const satisfies Bodies

import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startAzure, type Azure } from '../support/azure/stand-in.ts'
import { skipBecause } from '../support/local.ts'
import { PATIENCE } from '../support/world.ts'
import { clientOf, create, groupOf, inState, noEngine, openTerminal } from './support.ts'

skipBecause(noEngine)

const SHELL = { command: '/bin/sh', terminalSize: { rows: 31, cols: 99 } }

async function running(azure: Azure, command = 'sleep 60') {
  return await create(azure, 'shell', groupOf(azure, command), 'Running')
}

test('a process starts on a terminal behind a password: echo, one stream, no exit code', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await running(azure)
  const address = await client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', SHELL)
  expect(address.webSocketUri).toMatch(/&rows=31&cols=99$/)
  const terminal = await openTerminal(azure, address)
  await expect.poll(() => terminal.frames.length, PATIENCE).toBeGreaterThan(1)
  expect(terminal.frames[0]).toEqual({ data: Buffer.alloc(0), binary: false })
  terminal.socket.send('echo err >&2; stty size; tty; exit 7\n')
  expect(await terminal.closed()).toBe(1005)
  expect(terminal.text()).toContain('echo err >&2')
  expect(terminal.text()).toMatch(/err\r\n31 99\r\n\/dev\/pts\/\d+\r\n/)
  expect(terminal.frames.slice(1).every(({ binary }) => binary)).toBe(true)
})

test('frames end in the middle of characters, and a terminal without echo passes bytes as they are', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await running(azure)
  const terminal = await openTerminal(azure, await client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', SHELL))
  terminal.socket.send('stty raw -echo; printf READY; cat; exit\n')
  await expect.poll(() => terminal.text(), PATIENCE).toMatch(/READY$/)
  const start = Buffer.byteLength(terminal.text())
  const text = '\u{1F600}'.repeat(2_000)
  terminal.socket.send(text)
  const received = (): Buffer => Buffer.concat(terminal.frames.map(({ data }) => data)).subarray(start)
  await expect.poll(() => received().length, PATIENCE).toBe(8_000)
  expect(received().toString('utf8')).toBe(text)
  const torn = terminal.frames.filter(({ data }) => data.toString('utf8').includes('\uFFFD'))
  expect(torn.length).toBeGreaterThan(0)
})

test('a command has no arguments: with some it is nothing that could be started', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await running(azure)
  const terminal = await openTerminal(
    azure,
    await client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', { command: 'echo foo' }),
  )
  expect(await terminal.closed()).toBe(1005)
  expect(terminal.text()).not.toMatch(/^foo/m)
})

test('a wrong password, a password that comes twice and an unknown session get nothing', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await running(azure)
  const address = await client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', SHELL)
  const wrong = await openTerminal(azure, { ...address, password: `${address.password}x` })
  expect(await wrong.closed()).toBe(1005)
  expect(wrong.frames).toEqual([])
  await expect(openTerminal(azure, address)).rejects.toThrow('401')
  await expect(openTerminal(azure, { webSocketUri: (address.webSocketUri ?? '').replace(/[0-9a-f]{8}-/, '00000000-') })).rejects.toThrow(
    '401',
  )
})

test('a container that ended still answers, and its socket closes at once; a stopped group does not', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await create(azure, 'shell', groupOf(azure, 'exit 0'), 'Succeeded')
  const terminal = await openTerminal(azure, await client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', SHELL))
  expect(await terminal.closed()).toBe(1005)
  expect(terminal.text()).toBe('')
  await client.containerGroups.stop(azure.resourceGroup, 'shell')
  await expect(client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', SHELL)).rejects.toMatchObject({
    code: 'ContainerGroupStopped',
  })
})

test('attach tells what the container prints, to who has the password in a header', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await running(azure, 'while :; do echo tick; sleep 0.1; done')
  const { webSocketUri = '', password = '' } = await client.containers.attach(azure.resourceGroup, 'shell', 'one')
  expect(webSocketUri).toContain('/logstream/sessionId/')
  await expect(openTerminal(azure, { webSocketUri })).rejects.toThrow('401')
  const socket = new WebSocket(webSocketUri, { ca: azure.ca, headers: { Authorization: password } })
  let said = ''
  socket.on('message', (data: Buffer) => (said += data.toString()))
  await expect.poll(() => said, PATIENCE).toMatch(/^(tick\n)+$/)
  await client.containerGroups.beginDelete(azure.resourceGroup, 'shell')
  await expect.poll(() => socket.readyState, PATIENCE).toBe(socket.CLOSED)
})

test('a cut in the middle of a frame, a cut from outside, a blocked port and a silent one', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await running(azure)
  const exec = async () => await client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', SHELL)
  azure.fail({ fault: 'socket-cut', afterBytes: 500 })
  const cut = await openTerminal(azure, await exec())
  cut.socket.send('seq 1 1000\n')
  expect(await cut.closed()).toBe(1006)
  expect(Buffer.byteLength(cut.text())).toBeLessThanOrEqual(500)
  const open = await openTerminal(azure, await exec())
  azure.cutSockets()
  expect(await open.closed()).toBe(1006)
  azure.fail({ fault: 'socket-refused' })
  await expect(openTerminal(azure, await exec())).rejects.toThrow('ECONNREFUSED')
  azure.fail({ fault: 'socket-silent' })
  const silent = new WebSocket((await exec()).webSocketUri ?? '', { ca: azure.ca, handshakeTimeout: 300 })
  const failure = await new Promise<Error>((resolve) => silent.once('error', resolve))
  expect(failure.message).toContain('timed out')
})

test('a process outlives the socket that started it, and dies with its container', async () => {
  await using azure = await startAzure({ network: 'none' })
  const client = await running(azure)
  const exec = async () => await openTerminal(azure, await client.containers.executeCommand(azure.resourceGroup, 'shell', 'one', SHELL))
  const first = await exec()
  first.socket.send('(trap "" HUP; sleep 61) & echo STARTED\n')
  await expect.poll(() => first.text(), PATIENCE).toMatch(/STARTED\r\n/)
  first.socket.terminate()
  const second = await exec()
  second.socket.send("grep -lz '^61$' /proc/[0-9]*/cmdline; echo DONE\n")
  await expect.poll(() => second.text(), PATIENCE).toMatch(/\/proc\/\d+\/cmdline\r\n/)
  await clientOf(azure).containerGroups.stop(azure.resourceGroup, 'shell')
  expect(await second.closed()).toBeGreaterThan(1000)
  await inState(azure, 'shell', 'Stopped')
})

import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { readdirSync } from 'node:fs'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { JupyterCodeExecutor, type JupyterCodeExecutorOptions } from '../../src/executors/jupyter/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { jupyterEnvironment } from '../support/jupyter.ts'
import { startPlainServer, type PlainServer } from '../support/jupyter-server.ts'
import { selfSigned } from '../support/self-signed.ts'
import { skipBecause } from '../support/local.ts'
import { PATIENCE } from '../support/world.ts'

const environment = await jupyterEnvironment()
const missing = 'unavailable' in environment ? environment.unavailable : undefined
let server: PlainServer

function make(options: JupyterCodeExecutorOptions = {}): JupyterCodeExecutor {
  const executor = new JupyterCodeExecutor({ serverUrl: server.url, token: server.token, ...options })
  onTestFinished(() => executor.stop().catch(() => {}))
  return executor
}

/** The address of something that listens until the test is over. */
async function listening(made: Server | ReturnType<typeof createServer>): Promise<number> {
  made.listen(0, '127.0.0.1')
  await once(made, 'listening')
  onTestFinished(() => void made.close())
  return (made.address() as AddressInfo).port
}

async function httpUrl(answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(createHttpServer(answer))}/`
}

/** A way to the server that can be cut, and may answer a request in its place. */
async function makeProxy(
  answer: (request: string) => string | undefined = () => undefined,
): Promise<{ readonly url: string; cut(): void }> {
  const sockets = new Set<Socket>()
  const proxy = createServer((client) => {
    const upstream = connect(server.port, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk: Buffer) => {
        const instead = from === client ? answer(chunk.toString('latin1')) : undefined
        if (instead === undefined) to.write(chunk)
        else from.write(instead)
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  const url = `http://127.0.0.1:${await listening(proxy)}/`
  return { url, cut: () => sockets.forEach((socket) => socket.destroy()) }
}

skipBecause(missing)

describe('a server that is reached by URL', () => {
  beforeAll(async () => {
    if ('virtualEnv' in environment) server = await startPlainServer(environment.virtualEnv)
  }, 130_000)
  afterAll(() => server.stop())

  test('two executors have kernels of their own, and leave the server as they found it', async () => {
    const [one, two] = [make({ serverUrl: `${server.url}lab?token=${server.token}` }), make()]
    await Promise.all([one.executeCode('who = "one"', 'python'), two.executeCode('who = "two"', 'python')])
    expect((await one.executeCode({ 'main.py': 'print(who, __file__)' }, 'python')).output).toBe('one main.py\n')
    expect((await two.executeCode('print(who)', 'python')).output).toBe('two\n')
    expect(await server.kernels()).toHaveLength(2)
    const running = two.executeCode('import time; time.sleep(60)', 'python')
    running.catch(() => {})
    await Promise.all([one.stop(), two.stop()])
    await expectCode(running, 'EXECUTOR_STOPPED')
    expect(await server.kernels()).toEqual([])
    // The server's own bookkeeping.
    expect(readdirSync(server.directory).filter((name) => name !== '.ipynb_checkpoints')).toEqual([])
  })

  test('a cut connection comes back while a cell runs, and nothing of its output is lost', async () => {
    const proxy = await makeProxy()
    const executor = make({ serverUrl: proxy.url })
    await executor.executeCode('kept = 1', 'python')
    const source = 'import time\nfor n in range(8):\n    print("line", n, flush=True)\n    time.sleep(0.25)'
    let cuts = 0
    for await (const event of executor.streamCode(source, 'python')) {
      if (event.type === 'output-delta' && cuts === 0) {
        cuts += 1
        proxy.cut()
      }
      if (event.type === 'end') {
        expect(event.result.output).toBe(Array.from({ length: 8 }, (_, n) => `line ${n}\n`).join(''))
        expect(event.result.termination).toEqual({ kind: 'exited', exitCode: 0 })
      }
    }
    expect(cuts).toBe(1)
    expect((await executor.executeCode('print(kept)', 'python')).output).toBe('1\n')
  })

  test('a connection that was cut between two cells is there again for the next one', async () => {
    const proxy = await makeProxy()
    const executor = make({ serverUrl: proxy.url })
    await executor.executeCode('kept = 1', 'python')
    proxy.cut()
    expect((await executor.executeCode('print(kept)', 'python')).output).toBe('1\n')
  })

  test('a server that fails to end a kernel is asked again, and not without end', async () => {
    let failures = 2
    const asked: string[] = []
    const proxy = await makeProxy((request) => {
      if (!request.startsWith('DELETE /api/kernels/')) return undefined
      asked.push(request)
      failures -= 1
      return failures >= 0 ? 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n' : undefined
    })
    const executor = make({ serverUrl: proxy.url })
    await executor.executeCode('1', 'python')
    await executor.stop()
    expect(asked).toHaveLength(3)
    expect(await server.kernels()).toEqual([])

    failures = 1_000
    const other = make({ serverUrl: proxy.url })
    await other.executeCode('1', 'python')
    await expectCode(other.stop(), 'BACKEND_REJECTED')
    expect(asked.length).toBeLessThan(20)
    for (const id of await server.kernels()) {
      await fetch(`${server.url}api/kernels/${id}`, { method: 'DELETE', headers: { authorization: `token ${server.token}` } })
    }
    expect(await server.kernels()).toEqual([])
  })

  test('a wrong token is told as such', async () => {
    const error = await expectCode(make({ token: 'wrong' }).start(), 'BACKEND_REJECTED')
    expect(error.message).toMatch(/does not let us in.*token option/s)
    expect(error.message).not.toContain('wrong')
  })

  test('a wrong address: nobody there, no name, another path', async () => {
    const free = createServer()
    const port = await listening(free)
    free.close()
    await expectCode(make({ serverUrl: `http://127.0.0.1:${port}/` }).start(), 'BACKEND_UNREACHABLE')
    await expectCode(make({ serverUrl: 'http://no-such-host.invalid/' }).start(), 'BACKEND_UNREACHABLE')
    const error = await expectCode(make({ serverUrl: `${server.url}elsewhere/` }).start(), 'BACKEND_REJECTED')
    expect(error.message).toMatch(/is no Jupyter server/)
  })

  test('a server that answers a page, no JSON, or something else', async () => {
    const page = await httpUrl((_, response) => response.setHeader('content-type', 'text/html').end('<html>Welcome</html>'))
    expect((await expectCode(make({ serverUrl: page }).start(), 'PROTOCOL_VIOLATION')).message).toMatch(/no JSON.*<html>/)
    const other = await httpUrl((_, response) => response.end('[1, 2]'))
    await expectCode(make({ serverUrl: other }).start(), 'PROTOCOL_VIOLATION')
    const half = await httpUrl((_, response) => response.end('{"kernelspecs": '))
    await expectCode(make({ serverUrl: half }).start(), 'PROTOCOL_VIOLATION')
    const login = await httpUrl((_, response) => response.writeHead(302, { location: '/login' }).end())
    await expectCode(make({ serverUrl: login }).start(), 'BACKEND_REJECTED')
  })

  test('a certificate that nobody vouches for is not taken', async () => {
    const port = await listening(createHttpsServer(selfSigned(), (_, response) => response.end('{}')))
    const error = await expectCode(make({ serverUrl: `https://127.0.0.1:${port}/` }).start(), 'BACKEND_UNREACHABLE')
    expect(error.message).toMatch(/self.signed certificate/i)
  })

  test('a kernel that the server does not have', async () => {
    const error = await expectCode(make({ kernelName: 'no-such-kernel' }).start(), 'INVALID_ARGUMENT')
    expect(error.message).toMatch(/python3/)
    expect(await server.kernels()).toEqual([])
  })

  test('a kernel that dies is told as such, how is not known, and the next call gets a fresh one', async () => {
    const executor = make()
    const result = await executor.executeCode('import os, time\nprint("last words", flush=True)\ntime.sleep(0.3)\nos._exit(3)', 'python')
    expect(result).toMatchObject({
      output: 'last words\n',
      exitCode: 1,
      stateLost: true,
      termination: { kind: 'raised', name: 'DeadKernelError' },
    })
    expect((await executor.executeCode('print("next")', 'python')).output).toBe('next\n')
    await executor.stop()
    await expect.poll(() => server.kernels(), PATIENCE).toEqual([])
  })
})

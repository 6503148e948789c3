import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { makeAgents, makeFetch } from '../../../src/executors/jupyter/client/http.ts'

test('a server that never stops answering is left', { timeout: 60_000 }, async () => {
  const closed = Promise.withResolvers<void>()
  const server = createServer((_, response) => {
    const pump = (): void => {
      while (response.write(Buffer.alloc(1024 * 1024)));
    }
    response.on('drain', pump).on('close', closed.resolve)
    pump()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const agents = makeAgents()
  const { port } = server.address() as AddressInfo
  await expect(makeFetch(agents)(new Request(`http://127.0.0.1:${port}/api/kernelspecs`))).rejects.toThrow(/answers more than/)
  await closed.promise
  agents.close()
})

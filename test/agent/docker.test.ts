import { describe, expect, test } from 'vitest'
import { pythonFunctions } from '../../src/agent/index.ts'
import { makeDocker, noDocker } from '../support/docker-executor.ts'
import { skipBecause } from '../support/local.ts'
import { block, makeAgent } from './support.ts'

describe('an agent over containers', () => {
  skipBecause(noDocker)

  test('has its functions there, turn after turn', async () => {
    const functions = [pythonFunctions({ source: 'def f(x: int) -> int:\n    return x * 7\n' })]
    const agent = makeAgent(makeDocker(), { functions })
    for (const turn of [1, 2]) {
      const { results } = await agent.run({ task: block('from functions import f\nprint(f(6))') })
      expect(results, `turn ${turn}`).toMatchObject([{ result: { output: '42\n' } }])
    }
  })

  test('is told that the network is off, and that nothing can be installed', async () => {
    const agent = makeAgent(makeDocker())
    const lookUp = await agent.run({ task: block('import socket\nsocket.getaddrinfo("example.org", 80)') })
    expect(lookUp.message.content).toContain('off by policy')
    const missing = await agent.run({ task: block('import no_such_module') })
    expect(missing.message.content).toContain('there is no network to install it from')
    expect(missing.message.content).not.toContain('off by policy')
  })

  test('shows the limits of a container to whoever approves', async () => {
    let limits: unknown
    const approve = (request: { readonly limits: unknown }): boolean => {
      limits = request.limits
      return false
    }
    await makeAgent(makeDocker({ limits: { memory: '256m' } }), { approve }).run({ task: block('print(1)') })
    // The processes are limited without being asked.
    expect(limits).toMatchObject({ memory: 256 * 1024 ** 2, pids: 256, timeoutMs: 30_000 })
  })
})

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ApprovalRequest, CodeExecutorAgentOptions } from '../../src/agent/index.ts'
import { withLogging } from '../../src/index.ts'
import { FaultyExecutor } from '../../src/testing/index.ts'
import { expectCode } from '../support/expect-code.ts'
import { makeLocal } from '../support/local.ts'
import { scratchDirectory } from '../support/world.ts'
import { block, eventsOf, makeAgent, scripted, typesOf } from './support.ts'

const two = `${block('print(1)')}\n${block('print(2)')}`

/** An agent whose approvals are answered in order, and what it was asked. */
function asked(answers: readonly unknown[], options: Partial<CodeExecutorAgentOptions> = {}) {
  const requests: ApprovalRequest[] = []
  const approve = ((request: ApprovalRequest) => answers[requests.push(request) - 1]) as never
  const executor = options.codeExecutor ?? new FaultyExecutor({}, { capabilities: ['file-isolation'] })
  return { requests, executor: executor as FaultyExecutor, agent: makeAgent(executor, { ...options, approve }) }
}

describe('somebody who is asked', () => {
  test('is asked for each block, with what is to be decided', async () => {
    const { agent, requests } = asked([true, Promise.resolve(true)], { timeoutMs: 7000 })
    await agent.run({ task: two })
    expect(requests).toHaveLength(2)
    expect(requests[0]).toMatchObject({
      agent: 'coder',
      programs: [{ language: 'python', source: 'print(1)\n' }],
      executor: { name: 'faulty' },
      limits: { timeoutMs: 7000 },
      context: [{ source: 'user', content: two }],
    })
    expect(requests[0]?.executor.capabilities.has('file-isolation')).toBe(true)
  })

  test('sees the limits that a real executor holds', async () => {
    const { agent, requests } = asked([false], {
      codeExecutor: withLogging(makeLocal({ limits: { outputBytes: 5000 }, timeoutMs: 9000 }), { log: () => {} }),
    })
    await agent.run({ task: two })
    expect(requests[0]?.limits).toMatchObject({ outputBytes: 5000, timeoutMs: 9000 })
  })

  test('is asked once for all when that was wanted', async () => {
    const { agent, requests } = asked([true], { approvePer: 'answer' })
    const { results } = await agent.run({ task: two })
    expect(requests.map(({ programs }) => programs.length)).toEqual([2])
    expect(results.map(({ status }) => status)).toEqual(['ran', 'ran'])
  })

  test('and says no: nothing runs, and the block after it neither', async () => {
    const { agent, executor } = asked([{ approved: false, reason: 'too dangerous' }])
    const { results, message } = await agent.run({ task: two })
    expect(results).toMatchObject([{ status: 'denied', reason: 'too dangerous' }, { status: 'not-run' }])
    expect(message.content).toContain('too dangerous')
    expect(executor.calls).toEqual([])
  })

  test('and says no for all: no block runs', async () => {
    const { agent, executor } = asked([false], { approvePer: 'answer' })
    expect((await agent.run({ task: two })).results.map(({ status }) => status)).toEqual(['denied', 'not-run'])
    expect(executor.calls).toEqual([])
  })

  test('and says no: the model is told so, and it is no failure that it would try again', async () => {
    const model = scripted(block('print(1)'), 'Then not.')
    const { agent } = asked([{ approved: false, reason: 'not on Sundays' }], { model })
    const { message, results, events } = await agent.run({ task: 'Go.' })
    expect(message.content).toBe('Then not.')
    expect(results).toMatchObject([{ status: 'denied' }])
    expect(model.calls).toHaveLength(2)
    expect(model.calls[1]?.at(-1)?.content).toMatch(/denied it\. not on Sundays\./)
    expect(typesOf(events)).not.toContain('retry')
  })

  test('can change the code, which runs instead and is shown to the model', async () => {
    const model = scripted(block('print("theirs")'), 'Fine.')
    const { agent } = asked([{ approved: true, edited: 'print("mine")' }], { model, codeExecutor: makeLocal() })
    const { results } = await agent.run({ task: 'Go.' })
    expect(results).toMatchObject([{ status: 'ran', edited: true, result: { output: 'mine\n' } }])
    expect(model.calls[1]?.at(-1)?.content).toMatch(/changed it before it ran[\s\S]*print\("mine"\)/)
  })

  test('can change the text of a file, which keeps its name', async () => {
    const { agent } = asked([{ approved: true, edited: 'print("mine")' }], { codeExecutor: makeLocal() })
    const { results } = await agent.run({ task: block('print("theirs")', 'python file=a.py') })
    expect(results).toMatchObject([{ edited: true, program: { entryPoint: 'a.py' }, result: { output: 'mine\n' } }])
  })

  test('can change each of several', async () => {
    const { agent } = asked([{ approved: true, edited: ['print("a")', 'print("b")'] }], { approvePer: 'answer', codeExecutor: makeLocal() })
    expect((await agent.run({ task: two })).results).toMatchObject([{ result: { output: 'a\n' } }, { result: { output: 'b\n' } }])
  })

  test('is told in the events, with the answer', async () => {
    const { agent } = asked([{ approved: true, reason: 'fine' }])
    const { events } = await agent.run({ task: block('print(1)') })
    expect(eventsOf(events, 'approval-answered')).toMatchObject([{ decision: { approved: true, reason: 'fine' } }])
  })
})

describe('nothing runs when somebody who is asked', () => {
  test.each([undefined, null, 'yes', 1, {}, { approved: 'yes' }, { approved: true, edited: ['a', 'b'] }])(
    'answers with %j',
    async (answer) => {
      const { agent, executor } = asked([answer])
      await expectCode(agent.run({ task: block('print(1)') }), 'INVALID_ARGUMENT')
      expect(executor.calls).toEqual([])
    },
  )

  test.each(['throws', 'rejects'])('%s, and their error is what the caller gets', async (how) => {
    const executor = new FaultyExecutor()
    const error = new Error('the dialog broke')
    const approve = (): Promise<boolean> => {
      if (how === 'throws') throw error
      return Promise.reject(error)
    }
    await expect(makeAgent(executor, { approve }).run({ task: block('print(1)') })).rejects.toBe(error)
    expect(executor.calls).toEqual([])
  })

  test('never answers, and the caller aborts', async () => {
    const executor = new FaultyExecutor()
    const controller = new AbortController()
    const reason = new Error('closed')
    let told: AbortSignal | undefined
    const agent = makeAgent(executor, {
      approve: (_, { signal }) => {
        told = signal
        setImmediate(() => controller.abort(reason))
        return new Promise<boolean>(() => {})
      },
    })
    await expect(agent.run({ task: block('print(1)'), signal: controller.signal })).rejects.toBe(reason)
    expect(told?.aborted).toBe(true)
    expect(executor.calls).toEqual([])
  })

  test('says no to a real program', async () => {
    const workDir = scratchDirectory()
    const { agent } = asked([false], { codeExecutor: makeLocal({ workDir }) })
    await agent.run({ task: block('open("trace", "w")') })
    expect(existsSync(join(workDir, 'trace'))).toBe(false)
  })
})

describe('without anybody to ask', () => {
  async function warningsOf(options: Partial<CodeExecutorAgentOptions>, executor: FaultyExecutor): Promise<string[]> {
    const warnings: string[] = []
    const onWarning = (warning: Error & { code?: string }): void => {
      if (warning.code === 'POLYRUN_UNAPPROVED_CODE') warnings.push(warning.message)
    }
    process.on('warning', onWarning)
    try {
      const agent = makeAgent(executor, { approve: undefined as never, ...options })
      await agent.run({ task: block('print(1)') })
      await agent.reset()
      await agent.run({ task: block('print(2)') })
      await new Promise((resolve) => setImmediate(resolve)) // warnings are told on the next tick
      return warnings
    } finally {
      process.off('warning', onWarning)
    }
  }

  test('and without isolation the agent warns, once', async () => {
    expect(await warningsOf({}, new FaultyExecutor())).toHaveLength(1)
  })

  test('but with isolation it does not', async () => {
    expect(await warningsOf({}, new FaultyExecutor({}, { capabilities: ['file-isolation'] }))).toEqual([])
  })

  test('and with somebody to ask it does not', async () => {
    expect(await warningsOf({ approve: () => true }, new FaultyExecutor())).toEqual([])
  })
})

import { expect, test } from 'vitest'
import { CommandExecutor, type CommandIo } from '../../../src/engine/index.ts'
import { FakeBackend } from '../../support/fake-backend.ts'

const FACTS = 'ok 81a4 1 5 1700000000 2023-11-14 22:13:20.000000000 +0000\n'

/** An executor over a place that answers every command in the same way. */
function make(answer: (io: CommandIo) => void): CommandExecutor {
  return new CommandExecutor(
    new FakeBackend(async (_, io) => {
      answer(io)
      return { kind: 'exited', exitCode: 0 }
    }),
  )
}

test('a place is asked for all of a file', async () => {
  const asked: unknown[] = []
  const executor = make((io) => {
    asked.push(io.isOutputWhole)
    io.onOutput(Buffer.from(`${FACTS}bytes`))
  })
  const read = await executor.files.readBytes('file')
  expect(read.ok && Buffer.from(read.bytes).toString()).toBe('bytes')
  expect(asked.length).toBeGreaterThan(0)
  expect(new Set(asked)).toEqual(new Set([true]))
})

test('a file of which a place left something out is no file', async () => {
  const executor = make((io) => {
    io.onOutput(Buffer.from(`${FACTS}by`))
    io.onOmitted?.('output', 2)
    io.onOutput(Buffer.from('s'))
  })
  expect(await executor.files.readBytes('file')).toMatchObject({ ok: false, code: 'too_large' })
})

test('what was left out of the complaints of a place is not missed', async () => {
  const executor = make((io) => {
    io.onOmitted?.('error', 2)
    io.onOutput(Buffer.from(`${FACTS}bytes`))
  })
  expect(await executor.files.readBytes('file')).toMatchObject({ ok: true })
})

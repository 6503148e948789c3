import { describe, expect, test } from 'vitest'
import { CodeExecutorError } from '../../../src/core/index.ts'
import type { CommandExit, CommandIo } from '../../../src/engine/index.ts'
import { CommandPlace } from '../../../src/engine/command-place.ts'
import { expectCode } from '../../support/expect-code.ts'
import { FakeBackend } from '../../support/fake-backend.ts'

const never = new AbortController().signal
const io = (signal = never): CommandIo => ({ onOutput: () => {}, onError: () => {}, signal })
const hello = { argv: ['hello'], env: {} } as const
const exit = (exitCode: number): CommandExit => ({ kind: 'exited', exitCode })
const coded = new CodeExecutorError('BACKEND_REJECTED', 'no space', { executor: 'fake', reason: 'ENOSPC' })

describe('run', () => {
  test.each<[CommandExit]>([
    [{ kind: 'exited', exitCode: 0 }],
    [{ kind: 'exited', exitCode: 255 }],
    [{ kind: 'signaled', signal: 'SIGTERM' }],
    [{ kind: 'out-of-memory', limitBytes: 1 }],
    [{ kind: 'too-many-processes', limit: 1 }],
    [{ kind: 'out-of-disk', limitBytes: 1 }],
  ])('%o is handed on', async (ended) => {
    expect(await new CommandPlace(new FakeBackend(async () => ended)).run(hello, io())).toBe(ended)
  })

  test.each<[unknown]>([
    [undefined],
    [null],
    [0],
    ['exited'],
    [{}],
    [{ exitCode: 0 }],
    [{ kind: 'exited' }],
    [{ kind: 'exited', exitCode: null }],
    [{ kind: 'exited', exitCode: '0' }],
    [{ kind: 'exited', exitCode: 1.5 }],
    [{ kind: 'exited', exitCode: Number.NaN }],
    [{ kind: 'timed-out', limitMs: 5 }],
    [{ kind: 'raised', name: 'E', message: '', traceback: '' }],
    [{ kind: 'toString' }],
    [{ kind: 'finished', exitCode: 0 }],
  ])('%o is PROTOCOL_VIOLATION', async (nonsense) => {
    const { details } = await expectCode(
      new CommandPlace(new FakeBackend(async () => nonsense as CommandExit)).run(hello, io()),
      'PROTOCOL_VIOLATION',
    )
    expect(details).toEqual({ executor: 'fake', promise: 'runCommand resolves to a CommandExit' })
  })

  test.each<[unknown]>([
    [{ kind: 'signaled' }],
    [{ kind: 'signaled', signal: 9 }],
    [{ kind: 'out-of-memory' }],
    [{ kind: 'too-many-processes', limit: 'many' }],
    [{ kind: 'out-of-disk', limitBytes: Number.NaN }],
  ])('%o, which lacks its evidence, is PROTOCOL_VIOLATION', async (nonsense) => {
    await expectCode(new CommandPlace(new FakeBackend(async () => nonsense as CommandExit)).run(hello, io()), 'PROTOCOL_VIOLATION')
  })

  test('an exit that JSON cannot show is PROTOCOL_VIOLATION all the same', async () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    for (const nonsense of [circle, { kind: 1n }]) {
      const place = new CommandPlace(new FakeBackend(async () => nonsense as unknown as CommandExit))
      await expectCode(place.run(hello, io()), 'PROTOCOL_VIOLATION')
    }
  })

  test.each<[unknown]>([[new Error('socket hang up')], ['text'], [undefined]])('a backend that throws %o is lost', async (cause) => {
    const error = await expectCode(new CommandPlace(new FakeBackend(() => Promise.reject(cause as Error))).run(hello, io()), 'BACKEND_LOST')
    expect(error).toMatchObject({ cause, details: { executor: 'fake' }, retryable: true })
  })

  test('a backend that throws before it returns a promise is lost too', async () => {
    const backend = new FakeBackend(() => {
      throw new TypeError('not a function')
    })
    await expectCode(new CommandPlace(backend).run(hello, io()), 'BACKEND_LOST')
  })

  test('a coded error passes through, also after an abort', async () => {
    const place = new CommandPlace(new FakeBackend(() => Promise.reject(coded)))
    await expect(place.run(hello, io())).rejects.toBe(coded)
    await expect(place.run(hello, io(AbortSignal.abort('gone')))).rejects.toBe(coded)
  })

  test('what a backend throws after an abort is the very reason', async () => {
    const place = new CommandPlace(new FakeBackend(() => Promise.reject(new Error('aborted'))))
    await expect(place.run(hello, io(AbortSignal.abort('my reason')))).rejects.toBe('my reason')
  })
})

describe('the optional members', () => {
  test('files are written one after the other where there is no writeFiles', async () => {
    const backend = new FakeBackend()
    const files = new Map([
      ['a', Buffer.from('1')],
      ['b/c', Buffer.from('2')],
    ])
    await new CommandPlace(backend).writeFiles(files, never)
    expect([...backend.files]).toEqual([...files])
  })

  test('a directory is made by mkdir -p, and paths are no flags', async () => {
    const backend = new FakeBackend()
    await new CommandPlace(backend).makeDirectory('-p/x', never)
    expect(backend.commands.map(({ argv }) => argv)).toEqual([['mkdir', '-p', '--', '-p/x']])
  })

  test('paths are removed by rm -rf, and nothing is run for none', async () => {
    const backend = new FakeBackend()
    const place = new CommandPlace(backend)
    await place.remove([])
    expect(backend.commands).toEqual([])
    await place.remove(['a', '-b'])
    expect(backend.commands.map(({ argv }) => argv)).toEqual([['rm', '-rf', '--', 'a', '-b']])
  })

  test('a helper command that fails is BACKEND_LOST with what it said', async () => {
    const backend = new FakeBackend(async (_, heard) => {
      heard.onError(Buffer.from('mkdir: Read-only file system\n'))
      return exit(1)
    })
    const place = new CommandPlace(backend)
    expect((await expectCode(place.makeDirectory('a', never), 'BACKEND_LOST')).message).toContain('Read-only file system')
    await expectCode(place.remove(['a']), 'BACKEND_LOST')
  })

  test('a program is looked for by the shell, and its name is no part of the script', async () => {
    const backend = new FakeBackend(async (_, heard) => {
      for (const byte of Buffer.from('/opt/päth/prog\n')) heard.onOutput(Uint8Array.of(byte))
      return exit(0)
    })
    expect(await new CommandPlace(backend).findProgram('$(reboot)', never)).toBe('/opt/päth/prog')
    const [command] = backend.commands
    expect(command?.argv.at(-1)).toBe('$(reboot)')
    expect(command?.argv.slice(0, -1).join(' ')).not.toContain('reboot')
  })

  test('a program that the shell does not find is undefined', async () => {
    expect(await new CommandPlace(new FakeBackend(async () => exit(1))).findProgram('x', never)).toBeUndefined()
  })

  test('members that a backend has are used in place of commands', async () => {
    const calls: unknown[] = []
    const backend = Object.assign(new FakeBackend(), {
      writeFiles: async (files: ReadonlyMap<string, Uint8Array>) => void calls.push([...files.keys()]),
      remove: async (paths: readonly string[]) => void calls.push(paths),
      makeDirectory: async (path: string) => void calls.push(path),
      findProgram: async (name: string) => `/native/${name}`,
    })
    const place = new CommandPlace(backend)
    await place.writeFiles(new Map([['a', Buffer.from('')]]), never)
    await place.remove(['b'])
    await place.makeDirectory('c', never)
    expect(await place.findProgram('d', never)).toBe('/native/d')
    expect(calls).toEqual([['a'], ['b'], 'c'])
    expect(backend.commands).toEqual([])
  })

  test.each<['writeFiles' | 'makeDirectory' | 'remove' | 'findProgram']>([['writeFiles'], ['makeDirectory'], ['remove'], ['findProgram']])(
    '%s: a coded error passes through, anything else is BACKEND_LOST',
    async (member) => {
      const call = (thrown: unknown): Promise<unknown> => {
        const place = new CommandPlace(Object.assign(new FakeBackend(), { [member]: () => Promise.reject(thrown as Error) }))
        if (member === 'writeFiles') return place.writeFiles(new Map([['a', Buffer.from('')]]), never)
        if (member === 'remove') return place.remove(['a'])
        return place[member]('a', never)
      }
      await expect(call(coded)).rejects.toBe(coded)
      await expectCode(call(new Error('gone')), 'BACKEND_LOST')
    },
  )
})

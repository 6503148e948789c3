import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findOnPath, makeEnvironment } from '../../../src/engine/host/environment.ts'
import { expectCode } from '../../support/expect-code.ts'
import { scratchDirectory } from '../../support/world.ts'

const parent = {
  PATH: '/usr/bin:/bin',
  HOME: '/home/me',
  LANG: 'C.UTF-8',
  AWS_SECRET_ACCESS_KEY: 'secret',
  OPENAI_API_KEY: 'secret',
  npm_config_x: 'y',
}

describe('what is inherited', () => {
  test('by default a short list that has no secrets', () => {
    expect(makeEnvironment({}, parent)).toEqual({ PATH: '/usr/bin:/bin', HOME: '/home/me', LANG: 'C.UTF-8' })
  })

  test('nothing with false, everything with true, and names with a list', () => {
    expect(makeEnvironment({ inheritEnv: false }, parent)).toEqual({})
    expect(makeEnvironment({ inheritEnv: true }, parent)).toEqual(parent)
    expect(makeEnvironment({ inheritEnv: ['LANG', 'NOT_THERE'] }, parent)).toEqual({ LANG: 'C.UTF-8' })
    expect(makeEnvironment({ inheritEnv: [] }, parent)).toEqual({})
  })

  test('variables that are given win over inherited ones', () => {
    expect(makeEnvironment({ env: { LANG: 'de_DE.UTF-8', EXTRA: '' } }, parent)).toMatchObject({
      LANG: 'de_DE.UTF-8',
      EXTRA: '',
      HOME: '/home/me',
    })
  })
})

describe('virtualEnv', () => {
  test('comes first on the PATH and is named', () => {
    const root = scratchDirectory()
    execFileSync('python3', ['-m', 'venv', '--without-pip', root])
    const env = makeEnvironment({ virtualEnv: root }, parent)
    expect(env).toMatchObject({ VIRTUAL_ENV: root, PATH: `${root}/bin:/usr/bin:/bin` })
    expect(makeEnvironment({ virtualEnv: root, inheritEnv: false }, parent)['PATH']).toBe(`${root}/bin`)
  })

  test('a directory that is none is refused, with how to make one', async () => {
    const [empty, half, file] = [scratchDirectory(), scratchDirectory(), join(scratchDirectory(), 'file')]
    mkdirSync(join(half, 'bin'))
    writeFileSync(file, '')
    for (const virtualEnv of [empty, half, file, join(empty, 'not-there')]) {
      const { details, message } = await expectCode(() => makeEnvironment({ virtualEnv }, parent), 'INVALID_ARGUMENT', virtualEnv)
      expect(details).toEqual({ argument: 'virtualEnv', value: virtualEnv })
      expect(message).toContain(`-m venv ${virtualEnv}`)
    }
  })
})

describe('findOnPath', () => {
  /** A directory with a program, a file nobody may run, a directory and a link to the program. */
  function programs(): string {
    const directory = scratchDirectory()
    writeFileSync(join(directory, 'program'), '#!/bin/sh\n')
    chmodSync(join(directory, 'program'), 0o755)
    writeFileSync(join(directory, 'plain'), '#!/bin/sh\n')
    chmodSync(join(directory, 'plain'), 0o644)
    mkdirSync(join(directory, 'directory'))
    symlinkSync('program', join(directory, 'link'))
    symlinkSync('nowhere', join(directory, 'dangling'))
    return directory
  }

  test('finds programs by name, in order, and takes a path as it is', () => {
    const [first, second] = [programs(), programs()]
    expect(findOnPath('program', `${first}:${second}`, '/')).toBe(join(first, 'program'))
    expect(findOnPath('link', `:/not/there:${second}`, '/')).toBe(join(second, 'link'))
    expect(findOnPath(join(first, 'program'), '', '/')).toBe(join(first, 'program'))
    expect(findOnPath('./program', '', first)).toBe(join(first, 'program'))
  })

  test('what cannot be run is not found', () => {
    const directory = programs()
    for (const name of ['plain', 'directory', 'dangling', 'missing', '']) expect(findOnPath(name, directory, '/'), name).toBeUndefined()
    for (const path of ['/', directory, join(directory, 'plain')]) expect(findOnPath(path, '', '/'), path).toBeUndefined()
  })

  test('goes on where the first find is not accepted', () => {
    const [first, second] = [programs(), programs()]
    expect(findOnPath('program', `${first}:${second}`, '/', (file) => file.startsWith(second))).toBe(join(second, 'program'))
    expect(findOnPath('program', first, '/', () => false)).toBeUndefined()
  })
})

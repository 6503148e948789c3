import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Surroundings } from '../../../src/executors/docker/connection.ts'
import { findLogin, findLogins, loginCommand } from '../../../src/executors/docker/images/registry-login.ts'
import { scratchDirectory } from '../../support/world.ts'

const HUB = 'https://index.docker.io/v1/'
const basic = (text: string): { readonly auth: string } => ({ auth: Buffer.from(text).toString('base64') })
const loginOf = (username: string, password: string, serveraddress: string): object => ({ login: { serveraddress, username, password } })

/** Surroundings with this configuration of the docker program, and helpers that answer with these lines of shell. */
function around(config: unknown, helpers: Readonly<Record<string, string>> = {}): Surroundings {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config))
  for (const [name, body] of Object.entries(helpers)) {
    writeFileSync(join(directory, `docker-credential-${name}`), `#!/bin/sh\nread -r server\n${body}\n`)
    chmodSync(join(directory, `docker-credential-${name}`), 0o755)
  }
  const env = { DOCKER_CONFIG: directory, PATH: `${directory}:/usr/bin:/bin` }
  return { env, home: directory, platform: 'linux', exists: () => false }
}

const says = (Username: string, Secret: string): string => `echo '${JSON.stringify({ Username, Secret })}'`

describe('the login for an image', () => {
  test.each([
    ['debian', HUB, HUB],
    ['library/debian:trixie', HUB, HUB],
    ['docker.io/somebody/tool@sha256:00', 'docker.io', HUB],
    ['registry.example.com/team/tool:1', 'registry.example.com', 'registry.example.com'],
    ['registry.example.com/team/tool:1', 'https://registry.example.com/v2/', 'registry.example.com'],
    ['localhost/tool', 'localhost', 'localhost'],
    ['host:5000/tool', 'host:5000', 'host:5000'],
  ])('%s is the one that is kept as %s', async (image, server, serveraddress) => {
    const others = { 'other.example.com': basic('other:one'), 'registry.example.com.evil': basic('evil:one') }
    const config = { auths: { ...others, [server]: basic('me:a:b') } }
    expect(await findLogin(image, around(config))).toEqual(loginOf('me', 'a:b', serveraddress))
  })

  test('comes from the helper of the registry, else from the helper of all, else from the file', async () => {
    const helpers = { one: says('of', 'the registry'), all: says('of', 'all') }
    const auths = { 'a.test': basic('of:file'), 'b.test': basic('of:file') }
    const both = around({ auths, credHelpers: { 'a.test': 'one' }, credsStore: 'all' }, helpers)
    expect(await findLogin('a.test/x', both)).toEqual(loginOf('of', 'the registry', 'a.test'))
    expect(await findLogin('b.test/x', both)).toEqual(loginOf('of', 'all', 'b.test'))
    expect(await findLogin('b.test/x', around({ auths, credHelpers: { 'a.test': 'one' } }, helpers))).toEqual(
      loginOf('of', 'file', 'b.test'),
    )
  })

  test('may be a token', async () => {
    const token = { login: { serveraddress: 'a.test', username: '', password: '', identitytoken: 'T' } }
    expect(await findLogin('a.test/x', around({ auths: { 'a.test': { ...basic('me:pw'), identitytoken: 'T' } } }))).toEqual(token)
    expect(await findLogin('a.test/x', around({ credsStore: 'all' }, { all: says('<token>', 'T') }))).toEqual(token)
  })

  test.each([
    ['no file', undefined],
    ['an empty one', {}],
    ['other things in it', { auths: 'none', credHelpers: 3, credsStore: null }],
    ['an entry without a login, as a helper leaves it', { auths: { 'a.test': {} } }],
    ['no colon', { auths: { 'a.test': basic('me') } }],
    ['what is no base64', { auths: { 'a.test': { auth: '%%%' } } }],
  ])('is none with %s', async (_, config) => {
    const where = config === undefined ? { ...around({}), env: { DOCKER_CONFIG: join(scratchDirectory(), 'none') } } : around(config)
    expect(await findLogin('a.test/x', where)).toEqual({})
  })

  test('is none when the helper keeps none, or gives half of one', async () => {
    const none = "echo 'credentials not found in native keychain'; exit 1"
    expect(await findLogin('a.test/x', around({ credsStore: 'all' }, { all: none }))).toEqual({})
    expect(await findLogin('a.test/x', around({ credsStore: 'all' }, { all: says('me', '') }))).toEqual({})
  })

  test.each([
    ['the file is no JSON', '{"auth": "c2VjcmV0" "', {}, /config\.json cannot be read \(it is no JSON\)/],
    [
      'the helper fails',
      { credsStore: 'all' },
      { all: 'echo the keychain is locked; exit 1' },
      /docker-credential-all .*the keychain is locked/,
    ],
    [
      'the helper says no JSON',
      { credsStore: 'all' },
      { all: 'echo secret' },
      /docker-credential-all did not give the login \(it is no JSON\)/,
    ],
    ['the helper is not there', { credsStore: 'all' }, {}, /docker-credential-all .*not installed/],
    ['the helper is a path', { credsStore: '../all' }, {}, /is no name of a program/],
  ])('is none, and why, when %s', async (_, config, helpers, trouble) => {
    const found = await findLogin('a.test/x', around(config, helpers))
    expect(found.login).toBeUndefined()
    expect(found.trouble).toMatch(trouble)
  })
})

test('a build gets those of the registries that it names, and of the one that needs no name', async () => {
  const config = {
    auths: { [HUB]: basic('me:hub'), 'b.test': {}, 'd.test': basic('me:unused') },
    credHelpers: { 'a.test': 'one', 'c.test': 'none' },
  }
  const where = around(config, { one: says('me', 'helped') })
  const hub = { serveraddress: HUB, username: 'me', password: 'hub' }
  expect(await findLogins('FROM debian', where)).toEqual({ [HUB]: hub })
  expect(await findLogins('FROM a.test/x\nFROM b.test/x\nCOPY --from=c.test/x:1 / /', where)).toEqual({
    [HUB]: hub,
    'a.test': { serveraddress: 'a.test', username: 'me', password: 'helped' },
  })
  expect(await findLogins('FROM a.test/x', around('no JSON'))).toEqual({})
})

test('the command that makes one', () => {
  expect(loginCommand('debian:trixie')).toBe('docker login')
  expect(loginCommand('host:5000/tool:1')).toBe('docker login host:5000')
})

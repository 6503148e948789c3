import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { CodeExecutorError } from '../../src/core/index.ts'
import { buildImage, checkBuild } from '../../src/executors/docker/images/build-image.ts'
import { pullImage } from '../../src/executors/docker/images/pull-image.ts'
import { client, noDocker } from '../support/docker-executor.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { READER, startRegistry } from '../support/tiny-registry.ts'
import { newMarker, scratchDirectory } from '../support/world.ts'

skipBecause(noDocker)

const basic = ({ username, password }: typeof READER): string => Buffer.from(`${username}:${password}`).toString('base64')

/** What the docker program's configuration has, for this test. */
function configure(config: object): void {
  const directory = scratchDirectory()
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
  vi.stubEnv('DOCKER_CONFIG', directory)
  onTestFinished(() => void vi.unstubAllEnvs())
}

/** A helper of the docker program that answers with these lines of shell. */
function installHelper(name: string, ...lines: readonly string[]): void {
  const directory = scratchDirectory()
  const path = join(directory, `docker-credential-${name}`)
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  chmodSync(path, 0o755)
  vi.stubEnv('PATH', `${directory}:${process.env['PATH'] ?? ''}`)
  onTestFinished(() => void vi.unstubAllEnvs())
}

async function privateImage(): Promise<{ readonly image: string; readonly registry: string }> {
  const { image } = await startRegistry(newMarker(), 'wants a login')
  return { image, registry: image.split('/')[0] ?? '' }
}

async function pull(image: string): Promise<string> {
  const id = await pullImage(client, image, { policy: 'missing' })
  onTestFinished(() => removed(id))
  return id
}

async function removed(id: string): Promise<void> {
  const image = client.getImage(id) as unknown as { remove(options: { force: true }): Promise<unknown> }
  await image.remove({ force: true }).catch(() => {})
}

describe('an image behind a login', () => {
  test('is fetched with the one that docker login keeps in its file', async () => {
    const { image, registry } = await privateImage()
    configure({ auths: { [registry]: { auth: basic(READER) } } })
    expect(await pull(image)).toMatch(/^sha256:/)
  })

  test('is fetched with the one that a helper gives', async () => {
    const { image, registry } = await privateImage()
    configure({ credHelpers: { [registry]: 'polyrun-test' } })
    installHelper(
      'polyrun-test',
      'read -r server; [ "$1" = get ] || exit 2',
      `[ "$server" = "${registry}" ] || { echo 'credentials not found in native keychain'; exit 1; }`,
      `echo '${JSON.stringify({ ServerURL: registry, Username: READER.username, Secret: READER.password })}'`,
    )
    expect(await pull(image)).toMatch(/^sha256:/)
  })

  test('is what a Dockerfile begins with', async () => {
    const { image, registry } = await privateImage()
    configure({ auths: { [registry]: { auth: basic(READER) } } })
    const context = scratchDirectory()
    writeFileSync(join(context, 'Dockerfile'), `FROM ${image}\nENV BUILT=yes\n`)
    const id = await buildImage(client, await checkBuild({ context }), { tag: `polyrun-test-${newMarker()}`, labels: {} })
    onTestFinished(() => removed(id))
    expect(id).toMatch(/^sha256:/)
  })

  test.each([
    [
      'a wrong one',
      (registry: string) => ({ auths: { [registry]: { auth: basic({ ...READER, password: 'guessed' }) } } }),
      /run docker login 127/,
    ],
    ['one of another registry', () => ({ auths: { 'registry.invalid': { auth: basic(READER) } } }), /run docker login 127/],
    [
      'a helper that is not installed',
      () => ({ credsStore: 'polyrun-none' }),
      /without a login: docker-credential-polyrun-none .* is not installed/,
    ],
  ])('is not there with %s', async (_, config, message) => {
    const { image, registry } = await privateImage()
    configure(config(registry))
    const error = await expectCode(pull(image), 'IMAGE_UNAVAILABLE')
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain(READER.password)
    expect(CodeExecutorError.is(error, 'IMAGE_UNAVAILABLE') && error.details).toEqual({ image })
  })

  test('is not needed where the configuration cannot be read', async () => {
    const { image } = await startRegistry(newMarker())
    configure({})
    writeFileSync(join(process.env['DOCKER_CONFIG'] ?? '', 'config.json'), '{ no JSON')
    expect(await pull(image)).toMatch(/^sha256:/)
  })
})

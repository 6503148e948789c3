import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Docker from 'dockerode'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DockerClient } from '../../src/executors/docker/client.ts'
import { buildImage, checkBuild } from '../../src/executors/docker/images/build-image.ts'
import type { ImageProgress } from '../../src/executors/docker/images/image-progress.ts'
import {
  buildProjectImage,
  findProjectImage,
  PROJECT_IMAGES,
  readProjectImage,
  resolveProjectImage,
  type ProjectImage,
} from '../../src/executors/docker/images/project-images.ts'
import { pullImage, type PullPolicy } from '../../src/executors/docker/images/pull-image.ts'
import { resolveBuild } from '../../src/executors/docker/images/resolve-build.ts'
import { dockerEngine } from '../support/docker.ts'
import { expectCode } from '../support/expect-code.ts'
import { skipBecause } from '../support/local.ts'
import { startRegistry } from '../support/tiny-registry.ts'
import { newMarker, PATIENCE, scratchDirectory } from '../support/world.ts'

const engine = await dockerEngine()
skipBecause('unavailable' in engine ? engine.unavailable : undefined)
const { client, raw } =
  'unavailable' in engine ? neverUsed() : { client: engine.client, raw: new Docker({ socketPath: engine.socketPath }) }

function neverUsed(): { readonly client: DockerClient; readonly raw: Docker } {
  return { client: {} as DockerClient, raw: {} as Docker }
}

const BASE = 'FROM debian:trixie-slim\n'

/** A directory with these files. */
function makeContext(files: Readonly<Record<string, string>>): string {
  const directory = scratchDirectory()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

/** Removes an image when the test is over, by id; with what it was made from. */
function removeLater(id: string): string {
  onTestFinished(() =>
    raw
      .getImage(id)
      .remove({ force: true })
      .catch(() => {}),
  )
  return id
}

/** A listener that keeps what it hears. */
function listen(): { readonly heard: ImageProgress[]; readonly onProgress: (progress: ImageProgress) => void } {
  const heard: ImageProgress[] = []
  return { heard, onProgress: (progress) => void heard.push(progress) }
}

/** The containers of builds with a text in their command. */
async function containersWith(text: string): Promise<string[]> {
  const all = await raw.listContainers({ all: true })
  return all.filter(({ Command }) => Command.includes(text)).map(({ Id }) => Id)
}

describe('an image of the project', () => {
  /** As `resolveProjectImage` does it, for an image that is somewhere else. */
  async function resolve(image: ProjectImage, onProgress?: (progress: ImageProgress) => void): Promise<string> {
    return removeLater((await findProjectImage(client, image))?.Id ?? (await buildProjectImage(client, image, { onProgress })))
  }

  test('is built once, and found again by its digest', async () => {
    const name = `test-${newMarker()}`
    const images = makeContext({ [`${name}/Dockerfile`]: `${BASE}ENV A=${name}\n` })
    const image = await readProjectImage(name, images)
    expect(await findProjectImage(client, image)).toBeUndefined()
    const first = listen()
    const id = await resolve(image, first.onProgress)
    expect(first.heard.find(({ step, status }) => step === 2 && status.includes(name))?.steps).toBeGreaterThan(1)
    expect(new Set(first.heard.map(({ task, image: about }) => `${task} ${about}`))).toEqual(new Set([`build ${image.tag}`]))

    const second = listen()
    expect(await resolve(await readProjectImage(name, images), second.onProgress)).toBe(id)
    expect(second.heard).toEqual([])
    const { RepoTags, Config } = await raw.getImage(id).inspect()
    expect(RepoTags).toEqual([`polyrun/${name}:${image.digest.slice(0, 12)}`])
    expect(Config.Labels).toMatchObject({ 'polyrun.image': name, 'polyrun.digest': image.digest })
  })

  test('is not taken for one that was built on top of it, which has its labels', async () => {
    const name = `test-${newMarker()}`
    const image = await readProjectImage(name, makeContext({ [`${name}/Dockerfile`]: `${BASE}ENV A=${name}\n` }))
    const id = await resolve(image)
    const context = makeContext({ Dockerfile: `FROM ${image.tag}\nENV B=${name}\n` })
    const other = removeLater(await resolveBuild(client, { context }, {}))
    expect((await raw.getImage(other).inspect()).Config.Labels).toMatchObject({ 'polyrun.digest': image.digest })
    expect(await resolve(image)).toBe(id)
    await raw.getImage(image.tag).tag({ repo: 'another', tag: name })
    await raw.getImage(image.tag).remove()
    expect(await resolve(image)).toBe(id)
  })

  test('is built again when a file of it changes, and not when one changes that the build does not get', async () => {
    const name = `test-${newMarker()}`
    const images = makeContext({ [`${name}/Dockerfile`]: `${BASE}ENV A=1\n`, [`${name}/.dockerignore`]: 'README.md\n' })
    const before = await readProjectImage(name, images)
    const id = await resolve(before)
    writeFileSync(join(images, name, 'README.md'), 'changed')
    expect(await readProjectImage(name, images)).toEqual(before)

    writeFileSync(join(images, name, 'Dockerfile'), `${BASE}ENV A=2\n`)
    const changed = await readProjectImage(name, images)
    expect(await findProjectImage(client, changed)).toBeUndefined()
    const other = await resolve(changed)
    expect(other).not.toBe(id)
    expect((await client.getImage(other).inspect()).Config?.Env).toContain('A=2')

    writeFileSync(join(images, name, 'Dockerfile'), `${BASE}ENV A=1\n`)
    expect(await resolve(await readProjectImage(name, images))).toBe(id)
  })

  test('with force is built from nothing', async () => {
    const name = `test-${newMarker()}`
    const images = makeContext({ [`${name}/Dockerfile`]: `${BASE}RUN echo the-step-ran\n` })
    const image = await readProjectImage(name, images)
    await resolve(image)
    const again = listen()
    removeLater(await buildProjectImage(client, image, { force: true, onProgress: again.onProgress }))
    expect(again.heard.map(({ status }) => status)).toContain('the-step-ran')
  })

  test('of this package has a Dockerfile, and a digest of its own', async () => {
    const images = await Promise.all(PROJECT_IMAGES.map((name) => readProjectImage(name)))
    expect(new Set(images.map(({ digest }) => digest)).size).toBe(PROJECT_IMAGES.length)
    for (const { tag, digest, name } of images) expect(tag).toBe(`polyrun/${name}:${digest.slice(0, 12)}`)
  })

  test('is not begun when the signal has fired', async () => {
    const onlyLooks = { listImages: client.listImages.bind(client) } as DockerClient
    await expect(resolveProjectImage(onlyLooks, 'polyglot', { signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
  })
})

describe('a build', () => {
  async function build(files: Readonly<Record<string, string>>, more: Partial<Parameters<typeof buildImage>[2]> = {}): Promise<string> {
    const tag = `polyrun-test:${newMarker()}`
    return removeLater(await buildImage(client, await checkBuild({ context: makeContext(files) }), { tag, labels: {}, ...more }))
  }

  test('that fails tells the end of its log and leaves no container', async () => {
    const marker = newMarker()
    const dockerfile = `${BASE}RUN for i in $(seq 1 40); do echo line-$i-${marker}; done; exit 7\n`
    const error = await expectCode(build({ Dockerfile: dockerfile }), 'IMAGE_UNAVAILABLE')
    expect(error.message).toContain('returned a non-zero code: 7')
    expect(error.message).toContain(`line-40-${marker}`)
    expect(error.message).toContain(`line-30-${marker}\n`)
    expect(error.message).not.toContain(`line-10-${marker}\n`)
    expect(error.message).toContain('Correct its Dockerfile')
    await expect.poll(() => containersWith(marker), PATIENCE).toEqual([])
  })

  test('that fails tells standard error, too', async () => {
    const error = await expectCode(build({ Dockerfile: `${BASE}RUN echo one; echo two >&2; exit 7\n` }), 'IMAGE_UNAVAILABLE')
    expect(error.message.split('\n')).toEqual(expect.arrayContaining(['one', 'two']))
  })

  test('of a Dockerfile that is none says so', async () => {
    const error = await expectCode(build({ Dockerfile: `${BASE}NONSENSE here\n` }), 'IMAGE_UNAVAILABLE')
    expect(error.message).toMatch(/unknown instruction: NONSENSE/i)
  })

  test('that is based on an image nobody has says so', async () => {
    const error = await expectCode(build({ Dockerfile: 'FROM polyrun.invalid/none:1\n' }), 'IMAGE_UNAVAILABLE')
    expect(error.message).toContain('polyrun.invalid')
    expect(error.details.image).toMatch(/^polyrun-test:/)
  })

  test('ends with its signal, and its container with it', { timeout: 120_000 }, async () => {
    const marker = newMarker()
    const controller = new AbortController()
    const building = build({ Dockerfile: `${BASE}RUN sleep 600; echo ${marker}\n` }, { signal: controller.signal })
    building.catch(() => {})
    await expect.poll(() => containersWith(marker), PATIENCE).toHaveLength(1)
    controller.abort('enough')
    await expect(building).rejects.toBe('enough')
    await expect.poll(() => containersWith(marker), PATIENCE).toEqual([])
  })

  test('ends when a listener throws, with what it threw', async () => {
    const marker = newMarker()
    const onProgress = ({ status }: ImageProgress): void => {
      if (status === 'begun') throw new Error('no more')
    }
    const building = build({ Dockerfile: `${BASE}RUN echo begun; sleep 600; echo ${marker}\n` }, { onProgress })
    await expect(building).rejects.toThrow('no more')
    await expect.poll(() => containersWith(marker), PATIENCE).toEqual([])
  })

  test('gets the files that are not ignored, as they are', async () => {
    const checks = [
      'test "$(cat /files/kept/deep/a)" = "ä"',
      'test -x /files/run.sh && test ! -x /files/kept/deep/a',
      'test "$(readlink /files/link)" = kept',
      'test ! -e /files/dropped && test "$(ls /files/partly)" = back',
      'test "$(stat -c %u:%g /files/run.sh)" = 0:0',
    ]
    const context = makeContext({
      Dockerfile: `${BASE}COPY . /files\nRUN ${checks.join(' && ')}\n`,
      '.dockerignore': '# all of it\nDockerfile\ndropped\npartly/*\n!partly/back\n',
      'kept/deep/a': 'ä',
      'run.sh': '#!/bin/sh\n',
      'dropped/a': 'x',
      'partly/gone': 'x',
      'partly/back': 'x',
    })
    chmodSync(join(context, 'run.sh'), 0o700)
    symlinkSync('kept', join(context, 'link'))
    removeLater(await buildImage(client, await checkBuild({ context }), { tag: `polyrun-test:${newMarker()}`, labels: {} }))
  })

  test('whose files change meanwhile fails and does not hang', async () => {
    const context = makeContext({ Dockerfile: `${BASE}COPY a /a\n`, a: 'x'.repeat(100_000) })
    const checked = await checkBuild({ context })
    truncateSync(join(context, 'a'), 10)
    const error = await expectCode(buildImage(client, checked, { tag: `polyrun-test:${newMarker()}`, labels: {} }), 'INVALID_ARGUMENT')
    expect(error.details.argument).toBe('build.context')
  })
})

describe('the build of a user', () => {
  test('is done once for the same files and settings', async () => {
    const marker = newMarker()
    const context = makeContext({
      'docker/My.Dockerfile': `FROM debian:trixie-slim AS first\nARG A\nENV A=$A M=${marker}\nFROM first AS second\nENV STAGE=second\n`,
    })
    const source = { context, dockerfile: 'docker/My.Dockerfile', args: { A: 'one', B: 'x' }, target: 'first' }
    const { heard, onProgress } = listen()
    const id = removeLater(await resolveBuild(client, source, { onProgress }))
    const many = heard.length
    expect(many).toBeGreaterThan(0)
    expect(await resolveBuild(client, { ...source, args: { B: 'x', A: 'one' } }, { onProgress })).toBe(id)
    expect(heard).toHaveLength(many)

    const env = async (image: string): Promise<readonly string[]> => (await client.getImage(image).inspect()).Config?.Env ?? []
    expect(await env(id)).toContain('A=one')
    expect((await env(id)).join(' ')).not.toContain('STAGE')
    expect(await env(removeLater(await resolveBuild(client, { ...source, args: { A: 'two' } }, {})))).toContain('A=two')
    expect(await env(removeLater(await resolveBuild(client, { ...source, target: 'second' }, {})))).toContain('STAGE=second')
    expect((await raw.getImage(id).inspect()).RepoTags[0]).toMatch(/^polyrun-build:[0-9a-f]{64}$/)
  })

  test.each([
    ['a context that is not there', () => ({ context: '/nowhere/at/all' }), 'build.context'],
    ['a context that is a file', () => ({ context: join(makeContext({ Dockerfile: BASE }), 'Dockerfile') }), 'build.context'],
    ['no Dockerfile', () => ({ context: makeContext({ a: '' }) }), 'build.dockerfile'],
    [
      'a Dockerfile that is elsewhere',
      () => ({ context: makeContext({ Dockerfile: BASE }), dockerfile: '../Dockerfile' }),
      'build.dockerfile',
    ],
    ['a directory for a Dockerfile', () => ({ context: makeContext({ 'a/b': '' }), dockerfile: 'a' }), 'build.dockerfile'],
    ['arguments that are no texts', () => ({ context: makeContext({ Dockerfile: BASE }), args: { A: 1 } }), 'build.args'],
    ['an empty stage', () => ({ context: makeContext({ Dockerfile: BASE }), target: '' }), 'build.target'],
    ['an unknown option', () => ({ context: makeContext({ Dockerfile: BASE }), path: '.' }), 'build.path'],
  ])('with %s is refused before anything is sent', async (_, source, argument) => {
    const error = await expectCode(resolveBuild({} as DockerClient, source() as { context: string }, {}), 'INVALID_ARGUMENT')
    expect(error.details.argument).toBe(argument)
  })
})

describe('an image by name', () => {
  async function pull(image: string, policy: PullPolicy, more: Partial<Parameters<typeof pullImage>[2]> = {}): Promise<string> {
    return pullImage(client, image, { policy, ...more })
  }

  test('is fetched when it is missing, and only then', async () => {
    const { image, asked } = await startRegistry(newMarker())
    expect((await expectCode(pull(image, 'never'), 'IMAGE_UNAVAILABLE')).message).toContain("set pull: 'missing'")
    expect(asked()).toBe(0)
    const { heard, onProgress } = listen()
    const id = removeLater(await pull(image, 'missing', { onProgress }))
    expect(heard.some(({ layer, totalBytes }) => layer !== undefined && totalBytes !== undefined)).toBe(true)
    expect(new Set(heard.map(({ task }) => task))).toEqual(new Set(['pull']))
    const times = asked()
    expect(times).toBeGreaterThan(0)
    expect(await pull(image, 'missing')).toBe(id)
    expect(await pull(image, 'never')).toBe(id)
    expect(asked()).toBe(times)
    expect(await pull(image, 'always')).toBe(id)
    expect(asked()).toBeGreaterThan(times)
  })

  test('is not taken for a platform that it was not made for', async () => {
    const { image } = await startRegistry(newMarker())
    removeLater(await pull(image, 'missing', { platform: 'linux/amd64' }))
    expect((await expectCode(pull(image, 'never', { platform: 'linux/s390x' }), 'IMAGE_UNAVAILABLE')).message).toContain(
      'there for linux/amd64',
    )
    await pull(image, 'never', { platform: 'linux/amd64' })
  })

  test.each([
    ['that nobody has', async () => 'polyrun.invalid/none:1', /does not reach the registry/],
    [
      'behind a login',
      async () => (await startRegistry(newMarker(), 'wants a login')).image,
      /wants a login, run docker login 127\.0\.0\.1:\d+:/,
    ],
    ['with an unknown tag', async () => (await startRegistry(newMarker())).image.replace(/1$/, '2'), /Check its name and its tag/],
    ['that breaks while it comes', async () => (await startRegistry(newMarker(), 'lacks the layer')).image, /The engine says: /],
  ])('%s is unavailable, with the next step', { timeout: 120_000 }, async (_, start, nextStep) => {
    const image = await start()
    const error = await expectCode(pull(image, 'missing'), 'IMAGE_UNAVAILABLE')
    expect(error.message).toMatch(nextStep)
    expect(error.details).toEqual({ image })
  })

  test('that cannot be one is refused', async () => {
    await expectCode(pull('Not A Name', 'missing'), 'INVALID_ARGUMENT')
  })

  test('is given up with the signal', async () => {
    const { image, asked } = await startRegistry(newMarker(), 'never sends the layer')
    const controller = new AbortController()
    const pulling = pull(image, 'missing', { signal: controller.signal })
    pulling.catch(() => {})
    await expect.poll(asked, PATIENCE).toBeGreaterThan(0)
    controller.abort('enough')
    await expect(pulling).rejects.toBe('enough')
  })

  test('is not asked for when the signal has fired, or no engine answers', async () => {
    await expect(pullImage({} as DockerClient, 'x', { policy: 'missing', signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
    const nobody = new Docker({ socketPath: join(scratchDirectory(), 'no.sock') })
    await expectCode(pullImage(nobody, 'x', { policy: 'always' }), 'BACKEND_UNREACHABLE')
  })
})

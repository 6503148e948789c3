import { describe, expect, test } from 'vitest'
import { PROJECT_IMAGES, readProjectImage } from '../../src/executors/docker/images/project-images.ts'
import { dockerEngine } from '../support/docker.ts'
import { skipBecause } from '../support/local.ts'
import { polyrun } from './polyrun.ts'

const NOWHERE = { DOCKER_HOST: 'unix:///nowhere/docker.sock' }

describe('with an engine', async () => {
  const engine = await dockerEngine()
  skipBecause('unavailable' in engine ? engine.unavailable : undefined)
  const env = 'unavailable' in engine ? NOWHERE : { DOCKER_HOST: `unix://${engine.socketPath}` }

  test('images list --json has every image with its digest', async () => {
    const { exitCode, stdout, stderr } = await polyrun(['images', 'list', '--json'], { env })
    const rows = JSON.parse(stdout) as { name: string; tag: string; digest: string; id: string | null; sizeBytes: number | null }[]
    expect(rows.map(({ name }) => name)).toEqual(PROJECT_IMAGES)
    for (const { name, tag, digest, id, sizeBytes } of rows) {
      expect({ name, tag, digest }).toEqual(await readProjectImage(name).then((image) => ({ name, tag: image.tag, digest: image.digest })))
      if (id === null) expect(sizeBytes).toBeNull()
      else expect(sizeBytes).toBeGreaterThan(1e6)
    }
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
  })

  test('images list says what is built, and how to build the rest', async () => {
    const { exitCode, stdout } = await polyrun(['images', 'list'], { env })
    for (const name of PROJECT_IMAGES) {
      expect(stdout).toMatch(
        new RegExp(`^${name} +polyrun/${name}:[0-9a-f]{12} +(built +\\d+ MB|not built: polyrun images build ${name})$`, 'm'),
      )
    }
    expect(exitCode).toBe(0)
  })
})

test('images without an engine says so', async () => {
  const { exitCode, stdout, stderr } = await polyrun(['images', 'list'], { env: NOWHERE })
  expect(stdout).toBe('')
  expect(stderr).toContain('/nowhere/docker.sock')
  expect(exitCode).not.toBe(0)
})

test('images build with an unknown name says which there are', async () => {
  const { exitCode, stderr } = await polyrun(['images', 'build', 'pyhton'], { env: NOWHERE })
  expect(stderr).toBe(`polyrun: There is no image pyhton. Known: ${PROJECT_IMAGES.join(', ')}.\n`)
  expect(exitCode).toBe(2)
})

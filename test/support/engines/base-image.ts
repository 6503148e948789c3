import { createReadStream, existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type Docker from 'dockerode'
import { ROOT } from '../../../scripts/lib/paths.ts'
import { lastLines, needTool, runTool } from './tools.ts'

/** The image that the project's own ones are built from, and that tests may rely on. */
export const BASE_IMAGE = 'debian:trixie-slim'

/** A file system made of Debian's packages: no registry of images is needed for it. It is kept for later runs. */
const TARBALL = join(ROOT, '.cache', 'debian-trixie-slim.tar')
const MINUTE = 60_000

/** Two engines that start side by side wait for the same one. */
let tarball: Promise<string> | undefined

/**
 * The file with the base image's file system, made first if need be.
 *
 * @param scratch - a directory for what is only there while it is made
 */
export function baseTarball(scratch: string): Promise<string> {
  tarball ??= existsSync(TARBALL) ? Promise.resolve(TARBALL) : makeTarball(scratch)
  return tarball
}

async function makeTarball(scratch: string): Promise<string> {
  const mmdebstrap = needTool('mmdebstrap', 'mmdebstrap')
  await mkdir(dirname(TARBALL), { recursive: true })
  // Another run may be making it, too: it appears at once or not at all.
  const unfinished = `${TARBALL}.${process.pid}`
  try {
    const args = ['--variant=minbase', '--include=ca-certificates', '--format=tar', 'trixie', unfinished]
    await runTool(mmdebstrap, args, 5 * MINUTE, { TMPDIR: scratch })
    await rename(unfinished, TARBALL)
  } finally {
    await rm(unfinished, { force: true })
  }
  return TARBALL
}

/** Gives an engine the base image. */
export async function importBaseImage(client: Docker, tarball: string): Promise<void> {
  const [repo, tag] = BASE_IMAGE.split(':')
  // The official image starts a shell, too.
  const progress = await client.importImage(createReadStream(tarball), { repo, tag, changes: 'CMD ["bash"]' })
  await imageIsThere(client, await readAll(progress))
}

/** Pulls the base image if the engine has none. @throws an error with the engine's words */
export async function ensureBaseImage(client: Docker): Promise<void> {
  if (await hasBaseImage(client)) return
  await imageIsThere(client, await client.pull(BASE_IMAGE).then(readAll, (error: Error) => error.message))
}

async function imageIsThere(client: Docker, said: string): Promise<void> {
  if (!(await hasBaseImage(client))) throw new Error(`the engine has no image ${BASE_IMAGE} and cannot get it: ${lastLines(said)}`)
}

async function hasBaseImage(client: Docker): Promise<boolean> {
  return client
    .getImage(BASE_IMAGE)
    .inspect()
    .then(
      () => true,
      () => false,
    )
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

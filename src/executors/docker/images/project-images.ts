import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CodeExecutorError } from '../../../core/index.ts'
import { orAborted } from '../../../engine/index.ts'
import type { DockerClient, ImageSummary } from '../client.ts'
import { engineError } from '../engine-errors.ts'
import { digestContext } from './build-context.ts'
import { buildImage, checkBuild } from './build-image.ts'
import type { ImageRequest } from './find-image.ts'

/** The images that this package brings, as directories below `images`. */
export const PROJECT_IMAGES = ['python', 'node', 'jupyter', 'polyglot'] as const
/** One of {@link PROJECT_IMAGES}. */
export type ProjectImageName = (typeof PROJECT_IMAGES)[number]

/** An image of this package, as its files are now. */
export interface ProjectImage {
  readonly name: string
  /** The directory with its Dockerfile. */
  readonly directory: string
  /** A sha256 over its files, in hex. */
  readonly digest: string
  /** The name that it gets: `polyrun/python:0123456789ab`. */
  readonly tag: string
}

/** What the engine has of one. */
export type BuiltImage = ImageSummary & { readonly Size?: number }

const PACKAGE = 'polyrun'
const DIGEST_LABEL = 'polyrun.digest'
const NAME_LABEL = 'polyrun.image'
const TAG_DIGITS = 12

/** An image of this package. `directory` is where the images are. */
export async function readProjectImage(name: string, directory = imagesDirectory()): Promise<ProjectImage> {
  const build = await checkBuild({ context: join(directory, name) })
  const digest = await digestContext(build.context)
  return { name, directory: build.context.directory, digest, tag: `polyrun/${name}:${digest.slice(0, TAG_DIGITS)}` }
}

/** The image as the engine has it; `undefined` when it was not built, or from other files. */
export async function findProjectImage(client: DockerClient, image: ProjectImage, signal?: AbortSignal): Promise<BuiltImage | undefined> {
  try {
    const label = [`${DIGEST_LABEL}=${image.digest}`, `${NAME_LABEL}=${image.name}`]
    const found = await orAborted(client.listImages({ filters: { label } }), signal)
    // One that somebody built on top of it has its labels as well, and is newer.
    const isTagged = ({ RepoTags }: ImageSummary): boolean => RepoTags?.some((tag) => `/${tag}`.endsWith(`/${image.tag}`)) === true
    return found.find(isTagged) ?? (await oldestOf(client, found, signal))
  } catch (cause) {
    signal?.throwIfAborted()
    throw engineError(cause, 'looking for images', { image: image.tag })
  }
}

/** A list of images has their times in seconds, in which two may be built. */
async function oldestOf(
  client: DockerClient,
  images: readonly ImageSummary[],
  signal: AbortSignal | undefined,
): Promise<ImageSummary | undefined> {
  if (images.length < 2) return images[0]
  const built = await Promise.all(
    images.map(async (image) => {
      const { Created = '' } = await orAborted(client.getImage(image.Id).inspect(), signal)
      return { image, time: Created.replace('Z', '') } // so that fewer digits come before more
    }),
  )
  return built.toSorted((a, b) => (a.time < b.time ? -1 : 1))[0]?.image
}

/**
 * The id of an image of this package, built when it is not there or its files have changed.
 *
 * @throws `IMAGE_UNAVAILABLE`; the signal's reason
 */
export async function resolveProjectImage(client: DockerClient, name: ProjectImageName, request: ImageRequest = {}): Promise<string> {
  const image = await readProjectImage(name)
  return (await findProjectImage(client, image, request.signal))?.Id ?? buildProjectImage(client, image, request)
}

/** Builds an image of this package; with `force` from nothing. Resolves to its id. @throws as {@link resolveProjectImage} */
export async function buildProjectImage(
  client: DockerClient,
  image: ProjectImage,
  request: ImageRequest & { readonly force?: boolean | undefined } = {},
): Promise<string> {
  const { name, directory, digest, tag } = image
  const build = await checkBuild({ context: directory })
  return buildImage(client, build, { ...request, tag, labels: { [NAME_LABEL]: name, [DIGEST_LABEL]: digest } })
}

/** The sources and what is built from them lie at different depths, so it is looked for from here upwards. */
function imagesDirectory(): string {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; directory = dirname(directory)) {
    const manifest = join(directory, 'package.json')
    if (existsSync(manifest) && nameIn(manifest) === PACKAGE) return join(directory, 'images')
    if (directory === dirname(directory)) break
  }
  const message = `The directory of the images of ${PACKAGE} was not found above ${import.meta.url}. Install the package as a whole, or set the option image.`
  throw new CodeExecutorError('IMAGE_UNAVAILABLE', message, { image: PACKAGE })
}

function nameIn(manifest: string): unknown {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: unknown }).name
}

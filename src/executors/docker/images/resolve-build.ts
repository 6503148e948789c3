import type { DockerClient } from '../client.ts'
import { digestContext } from './build-context.ts'
import { buildImage, checkBuild, type BuildSource } from './build-image.ts'
import { findImage, type ImageRequest } from './find-image.ts'

const LABEL = 'polyrun.build'

/**
 * The id of the image that a build makes, built unless the same files were built with the same settings before.
 *
 * @throws `INVALID_ARGUMENT` before anything is sent; `IMAGE_UNAVAILABLE`; the signal's reason
 */
export async function resolveBuild(client: DockerClient, source: BuildSource, request: ImageRequest): Promise<string> {
  const build = await checkBuild(source)
  const { dockerfile, args, target } = build
  const digest = await digestContext(build.context, { dockerfile, args: sorted(args), target, platform: request.platform })
  const tag = `polyrun-build:${digest}`
  const found = await findImage(client, tag, request.signal)
  return found?.Id ?? buildImage(client, build, { ...request, tag, labels: { [LABEL]: digest } })
}

function sorted(args: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(args).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

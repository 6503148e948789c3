import type { DockerClient } from './client.ts'
import { resolveProjectImage } from './images/project-images.ts'
import { pullImage } from './images/pull-image.ts'
import { resolveBuild } from './images/resolve-build.ts'
import type { DockerSettings } from './settings.ts'

/** The project's own image that is taken when none is named. */
const DEFAULT_IMAGE = 'python'

/** The image for the containers: built, fetched or simply there. @throws `IMAGE_UNAVAILABLE`, `INVALID_ARGUMENT` */
export function chooseImage(client: DockerClient, settings: DockerSettings, signal: AbortSignal): Promise<string> {
  const { image, build, pull, platform, onImageProgress } = settings
  const common = { signal, platform, onProgress: onImageProgress }
  if (build !== undefined) return resolveBuild(client, build, common)
  if (image === undefined) return resolveProjectImage(client, DEFAULT_IMAGE, common)
  return pullImage(client, image, { ...common, policy: pull })
}

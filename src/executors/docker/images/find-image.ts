import { orAborted } from '../../../engine/index.ts'
import type { DockerClient, ImageFacts } from '../client.ts'
import { engineError, httpStatusOf } from '../engine-errors.ts'
import type { ImageProgress } from './image-progress.ts'

/** How an image is asked for. */
export interface ImageRequest {
  /** The platform that it must be for: `'linux/amd64'`. @defaultValue the engine's */
  readonly platform?: string | undefined
  /** Ends the wait, and what the engine does for it. */
  readonly signal?: AbortSignal | undefined
  /** Hears what happens. What it throws ends the task and is thrown on. */
  readonly onProgress?: ((progress: ImageProgress) => void) | undefined
}

/** What the engine knows of an image that is there. */
export type FoundImage = ImageFacts & { readonly Os?: string; readonly Architecture?: string; readonly Variant?: string }

/** An image by name or id; `undefined` when the engine has none. @throws the signal's reason, and what an engine's failure means */
export async function findImage(client: DockerClient, image: string, signal: AbortSignal | undefined): Promise<FoundImage | undefined> {
  try {
    return await orAborted(client.getImage(image).inspect(), signal)
  } catch (cause) {
    signal?.throwIfAborted()
    if (httpStatusOf(cause) === 404) return undefined
    throw engineError(cause, `looking for the image ${image}`, { image })
  }
}

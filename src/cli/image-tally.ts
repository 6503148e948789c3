import type { ImageProgress } from '../executors/docker/images/image-progress.ts'
import type { Wait } from './executors.ts'

/** In the words of Docker, what is said of a layer of which nothing is left to fetch. */
const FETCHED = /complete|already exists/i
const TASKS = { pull: 'fetching', build: 'building' } as const satisfies Record<ImageProgress['task'], string>

interface Layer {
  readonly currentBytes: number
  readonly totalBytes: number
}

/** Adds up what an engine tells of single layers and steps. */
export class ImageTally {
  readonly #layers = new Map<string, Layer>()

  /** How far all of it is, as far as sizes are known by now. */
  read(progress: ImageProgress): Wait {
    const { image, task, layer, status, step, steps } = progress
    if (layer !== undefined) this.#layers.set(layer, grown(this.#layers.get(layer), progress))
    const parts = [...(step === undefined ? [] : [`step ${step}/${steps ?? '?'}`]), ...this.#fetched()]
    return { task: `${TASKS[task]} the image ${image}`, state: parts.length === 0 ? status : parts.join(', ') }
  }

  #fetched(): readonly string[] {
    const layers = [...this.#layers.values()]
    const totalBytes = sum(layers.map((layer) => layer.totalBytes))
    if (totalBytes === 0) return []
    const currentBytes = sum(layers.map((layer) => layer.currentBytes))
    // A layer that is all here is unpacked next, for which no engine has an honest figure.
    return currentBytes === totalBytes
      ? ['unpacking']
      : [`${Math.floor((currentBytes / totalBytes) * 100)}% of ${(totalBytes / 1e6).toFixed(1)} MB`]
  }
}

/** Fetching and unpacking count the same bytes, one after the other; what is fetched stays so. */
function grown(before: Layer | undefined, { status, currentBytes = 0, totalBytes = before?.totalBytes ?? 0 }: ImageProgress): Layer {
  const reached = FETCHED.test(status) ? totalBytes : Math.max(before?.currentBytes ?? 0, currentBytes)
  return { totalBytes, currentBytes: Math.min(reached, totalBytes) }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

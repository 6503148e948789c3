import { orAborted } from '../../engine/index.ts'
import { connectDocker } from '../../executors/docker/connect.ts'
import type { ImageProgress } from '../../executors/docker/images/image-progress.ts'
import {
  buildProjectImage,
  findProjectImage,
  PROJECT_IMAGES,
  readProjectImage,
  type ProjectImage,
  type ProjectImageName,
} from '../../executors/docker/images/project-images.ts'
import { invalid } from '../errors.ts'
import { ImageTicker } from '../image-ticker.ts'
import { paint, type CliIo } from '../io.ts'
import { alignColumns } from '../text-table.ts'

/** The flags of `polyrun images list`. */
export interface ImagesListFlags {
  readonly json?: boolean
}

/** The flags of `polyrun images build`. */
export interface ImagesBuildFlags {
  readonly force?: boolean
  readonly json?: boolean
}

interface ImageRow {
  readonly name: string
  readonly tag: string
  readonly digest: string
  /** The engine's id for it; `null` when it was not built from these files. */
  readonly id: string | null
  readonly sizeBytes: number | null
}

/** Prints the images of this package, and which of them the engine has as their files are now. */
export async function listImages({ json }: ImagesListFlags, io: CliIo): Promise<number> {
  const client = await connectDocker()
  const rows: ImageRow[] = []
  for (const name of PROJECT_IMAGES) {
    const image = await orAborted(readProjectImage(name), io.signal)
    const found = await findProjectImage(client, image, io.signal)
    rows.push({ name, tag: image.tag, digest: image.digest, id: found?.Id ?? null, sizeBytes: found?.Size ?? null })
  }
  io.stdout.write(json === true ? `${JSON.stringify(rows, null, 2)}\n` : alignColumns(rows.map((row) => asCells(row, io))))
  return 0
}

/** Builds the images with these names, all of them without names. One that is there is left alone unless `force` is set. */
export async function buildImages(names: readonly string[], flags: ImagesBuildFlags, io: CliIo): Promise<number> {
  const wanted = names.length === 0 ? PROJECT_IMAGES : names.map(readName)
  const client = await connectDocker()
  const built: { name: string; tag: string; id: string; wasThere: boolean }[] = []
  for (const name of new Set(wanted)) {
    const image = await orAborted(readProjectImage(name), io.signal)
    const found = flags.force === true ? undefined : await findProjectImage(client, image, io.signal)
    const id = found?.Id ?? (await build(image))
    built.push({ name, tag: image.tag, id, wasThere: found !== undefined })
    if (flags.json !== true) io.stdout.write(`${image.tag} ${paint(io.stdout, 'green', found === undefined ? 'is built' : 'was there')}\n`)
  }
  if (flags.json === true) io.stdout.write(`${JSON.stringify(built, null, 2)}\n`)
  return 0

  async function build(image: ProjectImage): Promise<string> {
    using ticker = new ImageTicker(io, image.name)
    const onProgress = (progress: ImageProgress): void => ticker.show(progress)
    return buildProjectImage(client, image, { force: flags.force, signal: io.signal, onProgress })
  }
}

function readName(name: string): ProjectImageName {
  const found = PROJECT_IMAGES.find((known) => known === name)
  if (found === undefined) throw invalid('names', name, `There is no image ${name}. Known: ${PROJECT_IMAGES.join(', ')}.`)
  return found
}

function asCells({ name, tag, id, sizeBytes }: ImageRow, { stdout }: CliIo): readonly string[] {
  const size = sizeBytes === null ? '' : `${Math.round(sizeBytes / 1e6)} MB`
  const state = id === null ? paint(stdout, 'yellow', `not built: polyrun images build ${name}`) : paint(stdout, 'green', 'built')
  return [paint(stdout, 'bold', name), tag, state, size]
}

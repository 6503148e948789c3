import { posix, resolve } from 'node:path'
import type { DockerVolume } from '../executors/docker/index.ts'
import { invalid } from './errors.ts'
import type { Volume } from './executors.ts'

/** An image may take long to come, and whoever does not want to wait can press Ctrl-C. */
export const LONGEST_START_MS = 6 * 3_600_000
/** Where programs run in a container. */
export const CONTAINER_WORK_DIR = '/workspace'

/** The directories of `--volume`, and that of `--workdir` in the place where programs run. @throws `INVALID_ARGUMENT` */
export function mountsOf(volumes: readonly Volume[], workDir: string | undefined): Readonly<Record<string, DockerVolume>> {
  const mounted: Record<string, DockerVolume> =
    workDir === undefined ? {} : { [resolve(workDir)]: { bind: CONTAINER_WORK_DIR, mode: 'rw' } }
  for (const { source, target, mode } of volumes) {
    // Files of the program are written there, and only of --workdir it is known whether one of the user's is in the way.
    if (posix.resolve(target) === CONTAINER_WORK_DIR)
      throw refused(source, `would stand where the program runs. Give --workdir ${source} instead.`)
    if (source in mounted) throw refused(source, 'is there twice; a directory can be in one place only. Leave one of them out.')
    mounted[source] = { bind: target, mode }
  }
  return mounted
}

function refused(source: string, reason: string): Error {
  return invalid('--volume', source, `--volume ${source} ${reason}`)
}

import { DockerCodeExecutor } from '../../executors/docker/index.ts'
import { CONTAINER_WORK_DIR, LONGEST_START_MS, mountsOf } from '../container-place.ts'
import type { ExecutorAdapter } from '../executors.ts'
import { examineDocker } from '../docker-report.ts'
import { given } from '../given.ts'
import { ImageTally } from '../image-tally.ts'

/** The docker executor on the command line. */
export const adapter: ExecutorAdapter = {
  create({ timeoutMs, limits, workDir, network, image, pull, runtime, user, volume = [] }, { wait }) {
    const tally = new ImageTally()
    return new DockerCodeExecutor({
      ...given({ timeoutMs, limits, network, image, pull, runtime, user }),
      volumes: mountsOf(volume, workDir),
      workDir: CONTAINER_WORK_DIR,
      concurrency: 1,
      startupTimeoutMs: LONGEST_START_MS,
      onImageProgress: (progress) => wait(tally.read(progress)),
    })
  },
  examine: examineDocker,
}

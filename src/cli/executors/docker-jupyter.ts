import { DockerJupyterCodeExecutor } from '../../executors/docker-jupyter/index.ts'
import { CONTAINER_WORK_DIR, LONGEST_START_MS, mountsOf } from '../container-place.ts'
import { examineDocker } from '../docker-report.ts'
import type { ExecutorAdapter } from '../executors.ts'
import { given } from '../given.ts'
import { ImageTally } from '../image-tally.ts'

/** The docker-jupyter executor on the command line. */
export const adapter: ExecutorAdapter = {
  create({ timeoutMs, limits, workDir, network, image, pull, runtime, user, kernel, volume = [] }, { wait }) {
    const tally = new ImageTally()
    return new DockerJupyterCodeExecutor({
      ...given({ timeoutMs, limits, network, image, pull, runtime, user, kernelName: kernel }),
      volumes: mountsOf(volume, workDir),
      workDir: CONTAINER_WORK_DIR,
      startupTimeoutMs: LONGEST_START_MS,
      onImageProgress: (progress) => wait(tally.read(progress)),
    })
  },
  examine: examineDocker,
}

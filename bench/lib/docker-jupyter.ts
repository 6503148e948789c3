import { connectDocker } from '../../src/executors/docker/connect.ts'
import { resolveProjectImage } from '../../src/executors/docker/images/project-images.ts'
import { DockerJupyterCodeExecutor, type DockerJupyterCodeExecutorOptions } from '../../src/executors/docker-jupyter/index.ts'
import { messageOf } from '../../src/engine/index.ts'
import { unavailable, type Measurement } from './row.ts'

/** Makes executors on the engine of the measurements. */
export type MakeKernels = (options?: DockerJupyterCodeExecutorOptions) => DockerJupyterCodeExecutor

const socketPath = process.env['POLYRUN_DOCKER_SOCKET']
const PLACE = socketPath ? { docker: { socketPath } } : {}

/** Measures where an engine is; the project's image of kernels is built when it is not there yet. */
export async function withKernelContainers(measure: (make: MakeKernels) => Promise<Measurement>): Promise<Measurement> {
  try {
    const image = await resolveProjectImage(await connectDocker(PLACE.docker), 'jupyter')
    return await measure((options) => new DockerJupyterCodeExecutor({ ...PLACE, image, pull: 'never', ...options }))
  } catch (error) {
    return unavailable(messageOf(error))
  }
}

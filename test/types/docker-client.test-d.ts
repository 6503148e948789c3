import Docker from 'dockerode'
import type { DockerClient } from '../../src/executors/docker/client.ts'
const docker = new Docker()
docker satisfies DockerClient
export const c: DockerClient = docker

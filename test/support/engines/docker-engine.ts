import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { baseTarball, BASE_IMAGE, importBaseImage } from './base-image.ts'
import { makeBridge, type Bridge } from './bridge.ts'
import { Daemon } from './daemon.ts'
import { findTool, needTool } from './tools.ts'

/** An engine that was started here. */
export interface StartedEngine {
  readonly socketPath: string
  /** Removes its containers and ends it. */
  stop(): Promise<void>
}

/** Starts a dockerd that has everything of its own in a directory, and gives it the base image. */
export async function startDocker(directory: string): Promise<StartedEngine> {
  const dockerd = needTool('dockerd', 'docker.io')
  mkdirSync(directory)
  const tarball = await baseTarball(directory)
  const bridge = await makeBridge()
  const socketPath = join(directory, 'docker.sock')
  const daemon = new Daemon(dockerd, dockerdArguments(directory, socketPath, bridge), join(directory, 'dockerd.log'))
  const client = new Docker({ socketPath })
  const stop = async (): Promise<void> => {
    await removeContainers(client).catch(() => {}) // what is left is ended by force later, and told
    await daemon.stop()
    await bridge.remove()
  }
  try {
    await daemon.ready(socketPath)
    await importBaseImage(client, tarball)
    return { socketPath, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Whether containers start under gVisor. @throws an error with the reason when they do not */
export async function tryGvisor({ socketPath }: StartedEngine): Promise<void> {
  needTool('runsc', 'runsc')
  const client = new Docker({ socketPath })
  const container = await client.createContainer({
    Image: BASE_IMAGE,
    Cmd: ['true'],
    HostConfig: { Runtime: 'runsc', NetworkMode: 'none' },
  })
  try {
    await container.start()
    const { StatusCode } = (await container.wait()) as { StatusCode: number }
    if (StatusCode !== 0) throw new Error(`runsc starts no container here: \`true\` exited with ${StatusCode}`)
  } finally {
    await container.remove({ force: true })
  }
}

function dockerdArguments(directory: string, socketPath: string, bridge: Bridge): string[] {
  const config = join(directory, 'daemon.json')
  const runsc = findTool('runsc')
  // gVisor's own network stack wants rights that not every machine gives.
  const runtimes = runsc === undefined ? {} : { runsc: { path: runsc, runtimeArgs: ['--network=none'] } }
  writeFileSync(config, JSON.stringify({ runtimes }))
  return [
    ...['--config-file', config, '-H', `unix://${socketPath}`],
    ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec'), '--pidfile', join(directory, 'dockerd.pid')],
    // A containerd that the machine has already would be used, and is not to mix ours with those of others.
    ...['--containerd-namespace', `polyrun-${process.pid}`, '--containerd-plugins-namespace', `polyrun-${process.pid}-plugins`],
    ...['--bridge', bridge.name, '--iptables=false', '--ip6tables=false', '--ip-masq=false'],
  ]
}

async function removeContainers(client: Docker): Promise<void> {
  const containers = await client.listContainers({ all: true })
  await Promise.all(containers.map(({ Id }) => client.getContainer(Id).remove({ force: true, v: true })))
}

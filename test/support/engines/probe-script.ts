import type { DockerContainer } from '../../../src/executors/docker/client.ts'

/**
 * Runs a script as root in a container with `WANTED` set, and says whether it exits with 0; 1 means no. One that exits with
 * another code after `owner=<uid>` runs again as that user. A container that ends meanwhile has neither processes nor files.
 *
 * @throws an error when nobody in the container can tell
 */
export async function runScript(container: DockerContainer, script: string, wanted: string): Promise<boolean> {
  try {
    return await asUsers(container, script, wanted)
  } catch (error) {
    // An engine may say for a moment still that a container runs which its runtime knows to be over.
    if (/state stopped|stopped (?:state|container)|is not running|no such container/i.test(String(error))) return false
    if (await isRunning(container)) throw error
    return false
  }
}

async function asUsers(container: DockerContainer, script: string, wanted: string): Promise<boolean> {
  const asked: string[] = []
  for (let user: string | undefined = '0'; user !== undefined && !asked.includes(user);) {
    asked.push(user)
    const { exitCode, output } = await exec(container, script, wanted, user)
    if (exitCode === 0 || exitCode === 1) return exitCode === 0
    user = /owner=(\d+)/.exec(output)?.[1]
    if (user === undefined) throw new Error(`The probe's shell in ${container.id} ended with ${exitCode}: ${output}`)
  }
  throw new Error(`Nobody in ${container.id} can look for ${wanted}: asked the users ${asked.join(', ')}.`)
}

async function exec(
  container: DockerContainer,
  script: string,
  wanted: string,
  user: string,
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const config = {
    Cmd: ['/bin/sh', '-c', script],
    User: user,
    WorkingDir: '/',
    Env: [`WANTED=${wanted}`],
    AttachStdout: true,
    AttachStderr: true,
  }
  const process = await container.exec(config)
  const stream = await process.start({ hijack: true, stdin: false })
  let output = '' // with the headers of the engine's frames, which are in nobody's way
  for await (const chunk of stream) output += String(chunk)
  for (;;) {
    // The stream may end a moment before the engine knows how the process ended.
    const { Running, ExitCode } = await process.inspect()
    if (!Running) return { exitCode: ExitCode, output }
  }
}

async function isRunning(container: DockerContainer): Promise<boolean> {
  return container.inspect().then(
    ({ State }) => State.Running,
    () => false,
  )
}

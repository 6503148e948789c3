import type { Capability } from '../core/index.ts'
import { CodeExecutorError } from '../core/index.ts'
import { messageOf, orAborted } from '../engine/index.ts'
import type { DockerClient } from '../executors/docker/client.ts'
import { connectDocker } from '../executors/docker/connect.ts'
import { ownSurroundings, resolveConnection } from '../executors/docker/connection.ts'
import { describeAddress } from '../executors/docker/engine-address.ts'
import { readEngineFacts, type EngineFacts } from '../executors/docker/engine-facts.ts'
import { holdsOf, type Hold } from '../executors/docker/holds.ts'
import { findProjectImage, PROJECT_IMAGES, readProjectImage } from '../executors/docker/images/project-images.ts'
import { isLeakyRunc } from '../executors/docker/runc-fixes.ts'
import { tryStart, type ProgramStart } from '../executors/docker/try-start.ts'
import { describeError } from './errors.ts'
import type { ExecutorReport, Fact } from './executors.ts'

/** An engine that says nothing for so long says nothing at all. */
const PATIENCE_MS = 20_000

/** What the Docker engine of this machine has and holds, or why there is none. */
export async function examineDocker({ image }: { readonly image?: string | undefined } = {}): Promise<ExecutorReport> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(silent()), PATIENCE_MS)
  try {
    return await orAborted(examine(image, late.signal), late.signal)
  } catch (error) {
    return { status: 'unavailable', reason: describeError(error, false) }
  } finally {
    clearTimeout(timer)
  }
}

async function examine(image: string | undefined, signal: AbortSignal): Promise<ExecutorReport> {
  const client = await connectDocker()
  const facts = await readEngineFacts(client)
  const images = await findImages(client, signal)
  return {
    status: 'available',
    facts: [
      engineFact(facts),
      runtimesFact(facts),
      ...runcFacts(facts),
      rightsFact(facts),
      imagesFact(images),
      await startFact(client, image ?? [...images.values()].find((id) => id !== undefined), signal),
    ],
    holds: (Object.entries(holdsOf(facts)) as [Capability, Hold][]).map(([capability, hold]) => ({ capability, ...hold })),
  }
}

/** The images of this package, by name; `undefined` for one that is not built. */
type Images = ReadonlyMap<string, string | undefined>

async function findImages(client: DockerClient, signal: AbortSignal): Promise<Images> {
  const images = PROJECT_IMAGES.map(
    async (name) => [name, (await findProjectImage(client, await readProjectImage(name), signal))?.Id] as const,
  )
  return new Map(await Promise.all(images))
}

function engineFact({ product, version, apiVersion, cgroupVersion }: EngineFacts): Fact {
  const because = `at ${describeAddress(resolveConnection(undefined, ownSurroundings()))}, API ${apiVersion}, cgroup version ${cgroupVersion}`
  return { name: 'engine', value: `${product} ${version}`, because }
}

function runtimesFact({ product, runtimes, defaultRuntime }: EngineFacts): Fact {
  // What begins so is another name of one that is listed, too.
  const names = runtimes.filter((name) => !name.startsWith('io.containerd.'))
  const value = names.map((name) => (name === defaultRuntime ? `${name} (default)` : name)).join(', ')
  if (product === 'Podman') return { name: '--runtime', value, because: 'as the configuration has them, installed or not' }
  const because = names.includes('runsc') ? 'runsc is gVisor, between a program and the kernel' : 'no runsc: gVisor is not registered'
  return { name: '--runtime', value, because }
}

function runcFacts({ runc }: EngineFacts): readonly Fact[] {
  if (runc === undefined) return []
  if (!isLeakyRunc(runc)) return [{ name: 'runc', value: runc }]
  const because =
    'older than 1.2.8 and 1.3.3: a program may get out of its container (CVE-2025-31133, CVE-2025-52565, CVE-2025-52881). ' +
    'Update runc, see whether your distribution has mended this version, or take --runtime runsc'
  return [{ name: 'runc', value: runc, because, isWarning: true }]
}

function rightsFact({ rootless, mapsUsers }: EngineFacts): Fact {
  const name = 'rights'
  if (rootless) return { name, value: 'rootless', because: 'the engine has no rights of root' }
  if (mapsUsers) return { name, value: 'mapped users', because: 'root in a container is nobody outside' }
  return { name, value: 'root', because: 'whoever gets out of a container as root is root; programs run as another user' }
}

function imagesFact(images: Images): Fact {
  const [built, missing] = [true, false].map((isThere) =>
    [...images].flatMap(([name, id]) => ((id !== undefined) === isThere ? [name] : [])),
  )
  const because = missing?.length === 0 ? '' : `not built: ${missing?.join(', ')} (polyrun images build NAME)`
  return { name: 'images', value: built?.join(', ') || 'none', because }
}

const STARTS: Readonly<Record<ProgramStart, Omit<Fact, 'name'>>> = {
  'sealed shell': { value: 'works', because: 'prepared shells start programs, and programs cannot read them' },
  'plain shell': {
    value: 'weaker',
    because: 'prepared shells start programs, and programs of the same container could read them',
    isWarning: true,
  },
  exec: {
    value: 'missing',
    because: 'the image has no /bin/sh: the engine starts each program with docker exec, which is slower and knows no names of signals',
    isWarning: true,
  },
}

async function startFact(client: DockerClient, image: string | undefined, signal: AbortSignal): Promise<Fact> {
  const name = 'fast path'
  if (image === undefined) return { name, value: 'not tried', because: 'none of the images is built' }
  try {
    return { name, ...STARTS[await tryStart(client, image, signal)] }
  } catch (error) {
    return { name, value: 'fails', because: messageOf(error), isWarning: true }
  }
}

function silent(): CodeExecutorError<'BACKEND_UNREACHABLE'> {
  const message = `The Docker engine did not answer within ${PATIENCE_MS / 1000} s. See whether it hangs, or restart it.`
  return new CodeExecutorError('BACKEND_UNREACHABLE', message, { executor: 'docker' })
}

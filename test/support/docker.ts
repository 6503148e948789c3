import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { inject } from 'vitest'
import type { DockerClient } from '../../src/executors/docker/client.ts'
import { unavailable, type EngineKind } from './engines/answer.ts'
import { ensureBaseImage } from './engines/base-image.ts'
import { askBroker } from './engines/broker.ts'

/** An engine that the tests may use. It has the image debian:trixie-slim. */
export interface TestEngine {
  /** How the summary calls it. */
  readonly name: EngineKind
  readonly socketPath: string
  /** The runtime that containers are to have. */
  readonly runtime?: 'runsc'
  readonly client: DockerClient
}

/** Why there is none, as the end of a sentence that starts with "because". */
export interface MissingEngine {
  readonly name: EngineKind
  readonly unavailable: string
}

/** Where an engine of the developer's own is. */
const DEFAULT_SOCKETS = {
  docker: '/var/run/docker.sock',
  podman: join(process.env['XDG_RUNTIME_DIR'] ?? '/run', 'podman', 'podman.sock'),
} as const
/** Variables that name an engine to use. It is not stopped. */
const SOCKET_VARIABLES = { docker: 'POLYRUN_DOCKER_SOCKET', podman: 'POLYRUN_PODMAN_SOCKET' } as const

const engines = new Map<EngineKind, Promise<TestEngine | MissingEngine>>()

/**
 * An engine for tests: the one that `POLYRUN_DOCKER_SOCKET` (for Podman `POLYRUN_PODMAN_SOCKET`) names, else one that is
 * started for this run and ends with it; who may not start one gets the one that runs already. The first call of a run takes
 * some seconds, and half a minute while the base image is not cached yet.
 */
export function dockerEngine(kind: EngineKind = 'docker'): Promise<TestEngine | MissingEngine> {
  const engine = engines.get(kind) ?? findEngine(kind)
  engines.set(kind, engine)
  return engine
}

async function findEngine(kind: EngineKind): Promise<TestEngine | MissingEngine> {
  const family = kind === 'podman' ? 'podman' : 'docker'
  const named = process.env[SOCKET_VARIABLES[family]]
  if (named) return existingEngine(kind, named)
  const broker = inject('engineBroker')
  if (broker !== '') {
    const answer = await askBroker(broker, kind)
    return 'socketPath' in answer ? engineAt(kind, answer.socketPath) : { name: kind, ...answer }
  }
  const present = DEFAULT_SOCKETS[family]
  if (existsSync(present)) return existingEngine(kind, present)
  const next = `start one, and set ${SOCKET_VARIABLES[family]} if its socket is elsewhere`
  return { name: kind, unavailable: `nothing is at ${present}, and only root on Linux can start an engine for the tests: ${next}` }
}

/** An engine that somebody else started. */
async function existingEngine(kind: EngineKind, socketPath: string): Promise<TestEngine | MissingEngine> {
  const client = new Docker({ socketPath })
  try {
    const { Runtimes } = (await client.info()) as { Runtimes?: Readonly<Record<string, unknown>> }
    if (kind === 'gvisor' && Runtimes?.['runsc'] === undefined) throw new Error('it has no runtime with the name runsc')
    await ensureBaseImage(client)
    return engineAt(kind, socketPath)
  } catch (error) {
    return { name: kind, unavailable: `the engine at ${socketPath} cannot be used: ${unavailable(error).unavailable}` }
  }
}

function engineAt(kind: EngineKind, socketPath: string): TestEngine {
  const engine = { name: kind, socketPath, client: new Docker({ socketPath }) }
  return kind === 'gvisor' ? { ...engine, runtime: 'runsc' } : engine
}

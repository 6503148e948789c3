// node keeper.ts: starts engines when it is asked to, and ends them when the other end of the socket that is its descriptor 3
// is closed, whatever the reason: whoever started it may have been killed. Every line it reads there is a kind of engine, every
// line it writes a KeeperMessage.
import { mkdtempSync, realpathSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { endRunningCommands } from '../../../scripts/lib/run-command.ts'
import { unavailable, type EngineAnswer, type EngineKind } from './answer.ts'
import { startDocker, tryGvisor, type StartedEngine } from './docker-engine.ts'
import type { KeeperMessage } from './keeper-process.ts'
import { endLeftovers } from './leftovers.ts'
import { startPodman } from './podman-engine.ts'

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'polyrun-engines-')))
const started = new Map<string, Promise<StartedEngine>>()
let stopping = false

// Its last words are said after the other end has nothing more to say.
const channel = new Socket({ fd: 3, allowHalfOpen: true })
channel.on('error', () => {}) // the one who asked is gone, which its end tells, too
const requests = createInterface(channel)
requests.on('line', (kind) => void answer(kind as EngineKind))
requests.once('close', () => void stop())
say({ directory })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())

async function answer(kind: EngineKind): Promise<void> {
  say({ kind, answer: await engineOf(kind).catch(unavailable) })
}

async function engineOf(kind: EngineKind): Promise<EngineAnswer> {
  if (kind === 'podman') return once('podman', startPodman)
  const docker = await once('docker', startDocker)
  if (kind === 'gvisor') await tryGvisor(docker)
  return docker
}

function once(name: string, start: (directory: string) => Promise<StartedEngine>): Promise<StartedEngine> {
  const engine = started.get(name) ?? start(join(directory, name))
  started.set(name, engine)
  return engine
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  // An engine that is still being started gets no further.
  endRunningCommands()
  await Promise.allSettled([...started.values()].map(async (engine) => (await engine).stop()))
  const leftovers = await endLeftovers(directory)
  // With something still mounted there it would be emptied, too.
  if (leftovers.length === 0) await rm(directory, { recursive: true, force: true })
  say({ leftovers }, () => process.exit())
}

function say(message: KeeperMessage, andThen?: () => void): void {
  channel.write(`${JSON.stringify(message)}\n`, andThen)
}

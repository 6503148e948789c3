import { Refusal, type Answer } from './answers.ts'
import type { ContainerLife } from './container-life.ts'
import { transitioning } from './fault-answers.ts'
import type { Group } from './group.ts'
import type { Sockets } from './sockets.ts'

/** What can be asked of one container of a group. */
export class ContainerAccess {
  readonly #sockets: Sockets

  constructor(sockets: Sockets) {
    this.#sockets = sockets
  }

  logs(group: Group, name: string, query: URLSearchParams): Answer {
    const container = find(group, name)
    if (container.state === undefined || container.state.state === 'Waiting') {
      const message = `The container log is not available for '${container.name}'.`
      throw new Refusal(404, 'ContainerLogNotAvailable', message, { 'x-ms-failure-cause': 'service' })
    }
    const tail = query.get('tail')
    const content = container.log.read(tail === null ? undefined : Number(tail), query.get('timestamps') === 'true')
    return { status: 200, body: { content } }
  }

  /** A process on a terminal of its own. Its command is one word: there are no arguments. */
  exec(group: Group, name: string, body: unknown): Answer {
    const container = findStarted(group, name)
    const { command = '', terminalSize = {} } = (body ?? {}) as { command?: string; terminalSize?: { rows?: number; cols?: number } }
    const size = { rows: terminalSize.rows ?? 24, cols: terminalSize.cols ?? 80 }
    const open = async () => (container.state?.state === 'Running' ? await container.state.run.terminal(command, size) : undefined)
    return { status: 200, body: this.#sockets.add({ kind: 'execstream', open }, `&rows=${size.rows}&cols=${size.cols}`) }
  }

  /** What the container prints from now on. */
  attach(group: Group, name: string): Answer {
    const container = findStarted(group, name)
    const follow = (listener: (chunk: Buffer) => void, end: () => void): (() => void) => {
      if (container.state?.state !== 'Running') {
        end()
        return () => undefined
      }
      const { run } = container.state
      void run.ended.then(end)
      return run.follow(listener)
    }
    return { status: 200, body: this.#sockets.add({ kind: 'logstream', follow }, '') }
  }
}

function find(group: Group, name: string): ContainerLife {
  const container = group.container(name)
  if (container !== undefined) return container
  const message = `The container '${name}' was not found in the container group '${group.settings.name}'.`
  throw new Refusal(404, 'ContainerNotFound', message, { 'x-ms-failure-cause': 'service' })
}

/** One that has ended counts, too: the real service was seen to let people in. */
function findStarted(group: Group, name: string): ContainerLife {
  const container = find(group, name)
  if (group.state === 'Stopped') {
    const message = `The container group '${group.settings.name}' is stopped.`
    throw new Refusal(409, 'ContainerGroupStopped', message, { 'x-ms-failure-cause': 'service' })
  }
  if (container.state === undefined || container.state.state === 'Waiting') throw transitioning(group.settings.name)
  return container
}

import { Events } from './events.ts'
import { LogBuffer } from './log-buffer.ts'
import type { Ended, Run } from './docker-runner.ts'
import type { ContainerProperties } from './wire.ts'

/** Where a container is. */
export type ContainerState =
  | { readonly state: 'Waiting'; readonly detailStatus: string }
  | { readonly state: 'Running'; readonly run: Run }
  | { readonly state: 'Terminated'; readonly ended: Ended }

/** What a stand-in knows about one container of a group. */
export class ContainerLife {
  readonly name: string
  readonly properties: ContainerProperties
  readonly log = new LogBuffer()
  readonly events = new Events()
  restartCount = 0
  state: ContainerState | undefined
  previous: Ended | undefined
  /** A restart that the platform has decided on: the policy is not asked. */
  restartOrdered = false

  constructor(container: { readonly name: string; readonly properties: ContainerProperties }) {
    this.name = container.name
    this.properties = container.properties
  }

  /** Before a group starts again. */
  reset(): void {
    this.state = undefined
    this.log.clear()
  }

  /** `instanceView` of the container, `undefined` as long as nothing has happened to it. */
  view(): object | undefined {
    const events = this.events.list()
    if (this.state === undefined && events.length === 0) return undefined
    return {
      restartCount: this.restartCount,
      ...(this.state !== undefined && { currentState: viewOf(this.state) }),
      ...(this.previous !== undefined && { previousState: terminated(this.previous) }),
      ...(events.length > 0 && { events }),
    }
  }
}

function viewOf(state: ContainerState): object {
  switch (state.state) {
    case 'Waiting':
      return { state: 'Waiting', detailStatus: state.detailStatus }
    case 'Running':
      return { state: 'Running', startTime: state.run.startedAt, detailStatus: '' }
    case 'Terminated':
      return terminated(state.ended)
  }
}

function terminated({ exitCode, startedAt, finishedAt, outOfMemory }: Ended): object {
  const detailStatus = outOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error'
  return { state: 'Terminated', startTime: startedAt, exitCode, finishTime: finishedAt, detailStatus }
}

import { CodeExecutorError } from '../../core/index.ts'
import type { ContainerStateView, GroupEvent, GroupView } from './client.ts'
import { EXECUTOR } from './explain.ts'
import { CONTAINER } from './group-spec.ts'

/** How often an image may fail to be pulled before it is given up: Azure tries for half an hour. */
const MOST_PULL_FAILURES = 3
const MOST_MOUNT_FAILURES = 2

/** What matters of a group at one moment. */
export interface GroupMoment {
  readonly container: ContainerStateView
  readonly restarts: number
  readonly isPulling: boolean
  readonly isPulled: boolean
  readonly events: readonly GroupEvent[]
}

/** Reads a group's state. @throws `IMAGE_UNAVAILABLE`, `BACKEND_REJECTED` for a group that will never run */
export function readMoment(group: string, image: string, view: GroupView): GroupMoment {
  const own = view.containers.find(({ name }) => name === CONTAINER)?.instanceView
  const events = [...(view.instanceView?.events ?? []), ...(own?.events ?? [])]
  const times = (name: string, about?: RegExp): number =>
    events
      .filter((event) => event.name === name && (about?.test(event.message ?? '') ?? true))
      .reduce((sum, { count = 1 }) => sum + count, 0)
  const pullFailures = times('Failed', /pull|image/i) + times('BackOff', /pull|image/i)
  if (own?.currentState?.state !== 'Running' && own?.currentState?.state !== 'Terminated') {
    if (pullFailures >= MOST_PULL_FAILURES) {
      throw new CodeExecutorError(
        'IMAGE_UNAVAILABLE',
        `Azure could not pull the image ${image} for ${group}: ${said(events)}. Check its name and tag, and give the option registry if it is private.`,
        { image },
      )
    }
    if (times('FailedMount') >= MOST_MOUNT_FAILURES) throw rejected(group, events, 'Check the names and the key of azureFileShare')
    if (view.provisioningState === 'Failed') throw rejected(group, events, 'See what the events say, or try another region')
  }
  return {
    container: own?.currentState ?? {},
    restarts: own?.restartCount ?? 0,
    isPulling: times('Pulling') > 0,
    isPulled: times('Pulled') > 0,
    events,
  }
}

/** What a group says about itself, for an error. */
export function said(events: readonly GroupEvent[]): string {
  const words = events.filter(({ type, name }) => type === 'Warning' || name?.startsWith('Fail') === true || name === 'BackOff')
  const shown = (words.length > 0 ? words : events).slice(-3).map(({ name = '', message = '' }) => `${name}: ${message.slice(0, 300)}`)
  return shown.length === 0 ? 'it says nothing' : shown.join('; ')
}

function rejected(group: string, events: readonly GroupEvent[], next: string): CodeExecutorError {
  const reason = said(events)
  return new CodeExecutorError('BACKEND_REJECTED', `Azure could not bring up the container group ${group}: ${reason}. ${next}.`, {
    executor: EXECUTOR,
    reason,
  })
}

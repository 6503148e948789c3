import type { EventBody } from './wire.ts'

/** What the platform did, told as Kubernetes does: the same thing again raises a count. */
export class Events {
  readonly #events = new Map<string, EventBody>()

  add(name: string, message: string, type: EventBody['type'] = 'Normal'): void {
    const now = `${new Date().toISOString().slice(0, 19)}Z`
    const before = this.#events.get(`${name} ${message}`)
    const count = (before?.count ?? 0) + 1
    this.#events.set(`${name} ${message}`, {
      count,
      firstTimestamp: before?.firstTimestamp ?? now,
      lastTimestamp: now,
      name,
      message,
      type,
    })
  }

  /** Not in the order in which they happened: nobody may rely on one. */
  list(): EventBody[] {
    return [...this.#events.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }
}

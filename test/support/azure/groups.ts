import type { Group } from './group.ts'

/** The groups of a subscription, by their resource group and name; capitals make no difference. */
export class Groups {
  readonly #groups = new Map<string, { readonly resourceGroup: string; readonly group: Group }>()

  get(resourceGroup: string, name: string): Group | undefined {
    return this.#groups.get(key(resourceGroup, name))?.group
  }

  set(resourceGroup: string, name: string, group: Group): void {
    this.#groups.set(key(resourceGroup, name), { resourceGroup: resourceGroup.toLowerCase(), group })
  }

  /** @param group - only this very one: another one of the same name may have come meanwhile */
  delete(resourceGroup: string, group: Group): void {
    const id = key(resourceGroup, group.settings.name)
    if (this.#groups.get(id)?.group === group) this.#groups.delete(id)
  }

  /** @param resourceGroup - only those in there */
  list(resourceGroup?: string): Group[] {
    const all = [...this.#groups.values()]
    return all
      .filter((entry) => resourceGroup === undefined || entry.resourceGroup === resourceGroup.toLowerCase())
      .map(({ group }) => group)
  }
}

function key(resourceGroup: string, name: string): string {
  return `${resourceGroup}/${name}`.toLowerCase()
}

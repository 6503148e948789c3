/** What is sent back for one request. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** An answer that says no, thrown by whoever finds the reason. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(`${status} ${code}: ${message}`)
    this.name = 'Refusal'
    this.answer = { status, headers, body: { error: { code, message } } }
  }
}

/** What the provider answers about a group that is not there. */
export function groupNotFound(resourceGroup: string, name: string): Refusal {
  const what = `The Resource 'Microsoft.ContainerInstance/containerGroups/${name}' under resource group '${resourceGroup}' was not found.`
  return new Refusal(404, 'ResourceNotFound', `${what} For more details please go to https://aka.ms/ARMResourceNotFoundFix`)
}

/** What can be asked of the management. `operation` follows a long one; the description does not know it. */
export type OperationName = keyof typeof ROUTES

interface Route {
  readonly method: string
  /** Words in braces stand for one part of the path. */
  readonly path: string
  /** The right that the caller needs, below `Microsoft.ContainerInstance/`. */
  readonly right: string
  /** Which of the caller's budgets pays for it. */
  readonly budget: 'reads' | 'writes' | 'deletes'
}

const SUBSCRIPTION = '/subscriptions/{subscription}'
const PROVIDER = 'providers/Microsoft.ContainerInstance'
const GROUPS = `${SUBSCRIPTION}/resourceGroups/{resourceGroup}/${PROVIDER}/containerGroups`
const GROUP = `${GROUPS}/{group}`
const CONTAINER = `${GROUP}/containers/{container}`
const LOCATION = `${SUBSCRIPTION}/${PROVIDER}/locations/{location}`
const SUBNET = `${SUBSCRIPTION}/resourceGroups/{resourceGroup}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}`

export const ROUTES = {
  create: { method: 'PUT', path: GROUP, right: 'containerGroups/write', budget: 'writes' },
  get: { method: 'GET', path: GROUP, right: 'containerGroups/read', budget: 'reads' },
  update: { method: 'PATCH', path: GROUP, right: 'containerGroups/write', budget: 'writes' },
  delete: { method: 'DELETE', path: GROUP, right: 'containerGroups/delete', budget: 'deletes' },
  list: { method: 'GET', path: `${SUBSCRIPTION}/${PROVIDER}/containerGroups`, right: 'containerGroups/read', budget: 'reads' },
  'list-in-group': { method: 'GET', path: GROUPS, right: 'containerGroups/read', budget: 'reads' },
  start: { method: 'POST', path: `${GROUP}/start`, right: 'containerGroups/start/action', budget: 'writes' },
  stop: { method: 'POST', path: `${GROUP}/stop`, right: 'containerGroups/stop/action', budget: 'writes' },
  restart: { method: 'POST', path: `${GROUP}/restart`, right: 'containerGroups/restart/action', budget: 'writes' },
  logs: { method: 'GET', path: `${CONTAINER}/logs`, right: 'containerGroups/containers/logs/read', budget: 'reads' },
  exec: { method: 'POST', path: `${CONTAINER}/exec`, right: 'containerGroups/containers/exec/action', budget: 'writes' },
  attach: { method: 'POST', path: `${CONTAINER}/attach`, right: 'containerGroups/containers/attach/action', budget: 'writes' },
  outbound: { method: 'GET', path: `${GROUP}/outboundNetworkDependenciesEndpoints`, right: 'containerGroups/read', budget: 'reads' },
  usage: { method: 'GET', path: `${LOCATION}/usages`, right: 'locations/usages/read', budget: 'reads' },
  capabilities: { method: 'GET', path: `${LOCATION}/capabilities`, right: 'locations/capabilities/read', budget: 'reads' },
  'cached-images': { method: 'GET', path: `${LOCATION}/cachedImages`, right: 'locations/cachedImages/read', budget: 'reads' },
  'provider-operations': { method: 'GET', path: `/${PROVIDER}/operations`, right: 'operations/read', budget: 'reads' },
  'delete-subnet-link': {
    method: 'DELETE',
    path: `${SUBNET}/${PROVIDER}/serviceAssociationLinks/default`,
    right: 'serviceAssociationLinks/delete',
    budget: 'deletes',
  },
  operation: { method: 'GET', path: `${LOCATION}/operations/{id}`, right: 'locations/operations/read', budget: 'reads' },
} as const satisfies Readonly<Record<string, Route>>

/** A request whose operation is known. */
export interface Routed {
  readonly operation: OperationName
  readonly route: Route
  /** The parts of the path that the route names. */
  readonly part: (name: string) => string
}

const PATTERNS = (Object.entries(ROUTES) as [OperationName, Route][]).map(([operation, route]) => {
  const source = route.path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  // Names of providers and of resource groups mean the same in capitals.
  return { operation, route, pattern: new RegExp(`^${source}/?$`, 'i') }
})

export function routeOf(method: string, path: string): Routed | undefined {
  for (const { operation, route, pattern } of PATTERNS) {
    if (route.method !== method) continue
    const groups = pattern.exec(path)?.groups
    if (groups !== undefined || pattern.test(path)) return { operation, route, part: (name) => decodeURIComponent(groups?.[name] ?? '') }
  }
  return undefined
}

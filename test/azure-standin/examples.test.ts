import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startAzure, type Azure } from '../support/azure/stand-in.ts'
import { openapiDirectory } from '../support/azure/validation.ts'
import { skipBecause } from '../support/local.ts'
import { ask, IMAGE, inState, noEngine } from './support.ts'

interface Example {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly responses: Readonly<Record<string, { readonly body?: unknown }>>
}

const DIRECTORY = join(
  openapiDirectory(),
  'specification/containerinstance/resource-manager/Microsoft.ContainerInstance/stable/2023-05-01/examples',
)
skipBecause(noEngine ?? (existsSync(DIRECTORY) ? undefined : `Microsoft's examples are not in ${DIRECTORY}`))
const PROVIDER = 'providers/Microsoft.ContainerInstance'
const GROUP = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/${PROVIDER}/containerGroups/{containerGroupName}`
const LOCATION = `/subscriptions/{subscriptionId}/${PROVIDER}/locations/{location}`
const SUBNET =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}'

/** What each example is an example of, in an order in which they can all be asked: the group must be there first. */
const EXAMPLES: readonly (readonly [file: string, method: string, path: string, body?: string])[] = [
  ['OperationsList', 'GET', `/${PROVIDER}/operations`],
  ['ContainerGroupUsage', 'GET', `${LOCATION}/usages`],
  ['CapabilitiesList', 'GET', `${LOCATION}/capabilities`],
  ['CachedImagesList', 'GET', `${LOCATION}/cachedImages`],
  ['ContainerGroupsCreateOrUpdate', 'PUT', GROUP, 'containerGroup'],
  ['ContainerGroupsGet_Succeeded', 'GET', GROUP],
  ['ContainerGroupsGet_Failed', 'GET', GROUP],
  ['ContainerGroupsList', 'GET', `/subscriptions/{subscriptionId}/${PROVIDER}/containerGroups`],
  [
    'ContainerGroupsListByResourceGroup',
    'GET',
    `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/${PROVIDER}/containerGroups`,
  ],
  ['ContainerGroupsUpdate', 'PATCH', GROUP, 'Resource'],
  ['ContainerListLogs', 'GET', `${GROUP}/containers/{containerName}/logs`],
  ['ContainerExec', 'POST', `${GROUP}/containers/{containerName}/exec`, 'containerExecRequest'],
  ['ContainerAttach', 'POST', `${GROUP}/containers/{containerName}/attach`],
  ['ContainerGroupsStop', 'POST', `${GROUP}/stop`],
  ['ContainerGroupsStart', 'POST', `${GROUP}/start`],
  ['ContainerGroupsRestart', 'POST', `${GROUP}/restart`],
  ['ContainerGroupsDelete', 'DELETE', GROUP],
  ['ContainerGroupCreateConfidential', 'PUT', GROUP, 'containerGroup'],
  ['ContainerGroupExtensions', 'PUT', GROUP, 'containerGroup'],
  ['ContainerGroupEncryptionProperties', 'PUT', GROUP, 'containerGroup'],
  ['ContainerGroupsCreatePriority', 'PUT', GROUP, 'containerGroup'],
  ['ContainerGroupsGetPriority', 'GET', GROUP],
  ['SubnetServiceAssociationLinkDelete', 'DELETE', `${SUBNET}/subnets/{subnetName}/${PROVIDER}/serviceAssociationLinks/default`],
]
const NAMES: Readonly<Record<string, string>> = { containerName: 'demo1', location: 'westus' }

function load(file: string): Example {
  return JSON.parse(readFileSync(join(DIRECTORY, `${file}.json`), 'utf8')) as Example
}

/** The example's own parameters, except where the stand-in has only one of a thing. */
function pathOf(azure: Azure, template: string, { parameters }: Example, name: string): string {
  const own = { ...parameters, ...NAMES, subscriptionId: azure.subscriptionId, containerGroupName: name } as Record<string, string>
  const query = Object.entries(parameters).filter(([key]) => ['tail', 'timestamps', 'api-version'].includes(key))
  const path = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => own[key] ?? '')
  return `${path}?${query.map(([key, value]) => `${key}=${String(value)}`).join('&')}`
}

test('every official example is asked and answered as Microsoft describes it', async () => {
  const files = readdirSync(DIRECTORY).map((file) => file.replace('.json', ''))
  expect(files.length).toBeGreaterThan(20)
  expect(EXAMPLES.map(([file]) => file).toSorted()).toEqual(files.toSorted())

  await using azure = await startAzure({
    resourceGroups: ['demo', 'demoresource'],
    locations: ['westus', 'eastus', 'eastus2', 'westeurope'],
    images: { nginx: IMAGE, confiimage: IMAGE, 'alpine:latest': IMAGE },
    shares: { 'accountName/shareName': { key: 'accountKey' } },
    network: 'none',
  })
  let name = 'demo0'
  let resourceGroup = ''
  for (const [file, method, template, bodyName] of EXAMPLES) {
    const example = load(file)
    const parameters: Record<string, unknown> = { ...example.parameters }
    // Each create makes a group of its own, and the examples after it speak of that one.
    if (method === 'PUT') {
      name = `demo${EXAMPLES.findIndex(([other]) => other === file)}`
      resourceGroup = String(parameters['resourceGroupName'])
    }
    if (template.startsWith(GROUP)) parameters['resourceGroupName'] = resourceGroup
    if (template.startsWith(SUBNET)) parameters['resourceGroupName'] = 'demo'
    const body = bodyName === undefined ? undefined : structuredClone(parameters[bodyName])
    if (method === 'PUT') keepRunning(body)
    const answered = await ask(azure, method, pathOf(azure, template, { ...example, parameters }, name), body)
    const expected = Object.keys(example.responses)
    expect(expected, `${file} was answered ${answered.status} ${JSON.stringify(answered.body)}`).toContain(String(answered.status))
    if (method === 'PUT' || /\/(re)?start$/.test(template)) await inState(azure, name, 'Running')
    const shown = example.responses[String(answered.status)]?.body
    if (shown !== undefined) expect(missing(shown, answered.body), file).toEqual([])
  }
  expect(azure.violations).toEqual([])
})

/** The examples' image starts a server by itself. */
function keepRunning(body: unknown): void {
  const { properties } = body as { properties: { containers: { properties: { command?: string[]; image: string } }[] } }
  for (const container of properties.containers) container.properties.command = ['sleep', '60']
}

/** What an example shows and ours need not have, and why. */
const ELSEWHERE: readonly (readonly [path: RegExp, because: string])[] = [
  [/\/(events|previousState|exitCode|finishTime)\b/, 'it shows what has happened to another group'],
  [/\/(azureFile\/readOnly|imageRegistryCredentials)\b/, 'it shows another group than the one that was created'],
  [/\/zones\b/, 'the request of the example has none'],
  [/\/command\b/, 'ours has another command, one that keeps it running'],
  [/^\/value\/[1-9]/, 'ours is a shorter list'],
  [/^\/value\/.*\/instanceView\b/, 'recordings of the real service show that lists have none'],
  [/^\/properties\/ipAddress\/ip$/, 'recordings show that an address comes with the start'],
]

/** Paths of the example's answer that ours lacks. */
function missing(shown: unknown, answered: unknown, path = ''): string[] {
  if (ELSEWHERE.some(([pattern]) => pattern.test(path))) return []
  if (typeof shown !== 'object' || shown === null) return answered === undefined ? [path] : []
  return Object.entries(shown).flatMap(([key, value]) =>
    missing(value, (answered as Record<string, unknown> | undefined)?.[key], `${path}/${key}`),
  )
}

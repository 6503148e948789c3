import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startAzure, type Azure } from '../support/azure/stand-in.ts'
import { openapiDirectory } from '../support/azure/validation.ts'
import { recordSubject } from '../support/evidence.ts'
import { skipBecause } from '../support/local.ts'
import { ask, IMAGE, inState, noEngine, type Answered } from './support.ts'

interface Exchange {
  readonly name: string
  readonly request: { readonly method: string; readonly pathAndQuery: string; readonly body: unknown }
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown }
}

/** What is another one each time, and what is left of it for a comparison. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/https:\/\/(management\.azure\.com|localhost:\d+)/g, 'https://management'],
  [/\d{4}-\d\d-\d\dT[\d:]+(\.\d+)?Z/g, '<time>'],
  [/(?<=operations\/)[0-9a-f-]{36}/g, '<id>'],
  [/sha256:[0-9a-f]{64}/g, '<digest>'],
  [/"ip":"[\d.]+"/g, '"ip":"<address>"'],
]
const RATES = /^x-ms-ratelimit-remaining-/

const FILE = join(openapiDirectory(), '..', 'recordings', 'aci-exchanges.json')
const NAME = 'azure stand-in (recordings)'
const exchanges = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as { readonly exchanges: readonly Exchange[] }).exchanges : []
const recorded = (name: string): Exchange => {
  const found = exchanges.find((exchange) => exchange.name.startsWith(name))
  if (found === undefined) throw new Error(`nothing was recorded under the name ${name}`)
  return found
}

const missing = exchanges.length === 0 ? `the recordings of the real service are not at ${FILE}` : undefined
if (missing !== undefined) recordSubject({ kind: 'check', name: NAME, status: 'unavailable', reason: missing })
skipBecause(noEngine ?? missing)

/** The subscription and the group of the recordings, with what stands for Alpine. */
async function startRecorded(): Promise<Azure> {
  recordSubject({ kind: 'check', name: NAME, status: 'exercised' })
  return await startAzure({
    subscriptionId: '00000000-0000-0000-0000-000000000000',
    resourceGroups: ['clitest.rg000001'],
    locations: ['westus'],
    images: { 'alpine:latest': IMAGE },
    network: 'none',
  })
}

/** Asks what was recorded, in the version that the stand-in speaks. */
async function replay(azure: Azure, { request }: Exchange, path = request.pathAndQuery): Promise<Answered> {
  return await ask(
    azure,
    request.method,
    path.replace(/api-version=202[\d-]+(preview)?/, 'api-version=2023-05-01'),
    request.body ?? undefined,
  )
}

function fixed(value: unknown): unknown {
  return JSON.parse(VOLATILE.reduce((text, [what, word]) => text.replaceAll(what, word), JSON.stringify(value)))
}

/** Of an operation's URL only what older recordings have, too: later ones add a signature. */
function sameHeaders({ headers }: Answered, { response }: Exchange): void {
  const url = (text: string | undefined): unknown => fixed((text ?? '').split('&')[0])
  expect(url(headers['azure-asyncoperation'])).toEqual(url(response.headers['azure-asyncoperation']))
  expect(headers['content-type']).toBe(response.headers['content-type'])
  for (const name of Object.keys(response.headers).filter((one) => RATES.test(one))) expect(headers[name], name).toMatch(/^\d+$/)
}

function same(answered: Answered, exchange: Exchange): void {
  expect(answered.status).toBe(exchange.response.status)
  expect(fixed(answered.body)).toEqual(fixed(exchange.response.body))
  sameHeaders(answered, exchange)
}

test('a group that runs is answered as it was by the real service', async () => {
  await using azure = await startRecorded()
  const created = await replay(azure, recorded('create accepted'))
  same(created, recorded('create accepted'))
  await inState(azure, 'clicontainer000002', 'Running')
  const url = new URL(created.headers['azure-asyncoperation'] ?? '')
  same(await replay(azure, recorded('create operation finished'), url.pathname + url.search), recorded('create operation finished'))
  same(await replay(azure, recorded('get running group')), recorded('get running group'))
  const list = recorded('list by resource group')
  same(await replay(azure, list), list)
  await expect.poll(async () => (await replay(azure, recorded('logs'))).body).toEqual({ content: 'hello\n' })
  same(await replay(azure, recorded('logs')), recorded('logs'))
  const deleted = recorded('delete running group')
  same(await replay(azure, deleted), deleted)
  expect((await replay(azure, deleted)).status).toBe(204)
})

test('a program that failed is answered as it was by the real service', async () => {
  await using azure = await startRecorded()
  const created = recorded('create accepted (failing command)')
  const answered = await replay(azure, created)
  same(answered, created)
  await inState(azure, 'clicontainer000002', 'Failed')
  const url = new URL(answered.headers['azure-asyncoperation'] ?? '')
  const operation = await replay(azure, recorded('operation succeeds'), url.pathname + url.search)
  expect(operation.body).toMatchObject({ status: 'Succeeded' })
  const group = await replay(azure, recorded('get group whose container exited 2'))
  // The real service had forgotten the events by then, or never told them.
  const container = (group.body as unknown as { properties: { containers: [{ properties: { instanceView: { events?: unknown } } }] } })
    .properties.containers[0]
  delete container.properties.instanceView.events
  same(group, recorded('get group whose container exited 2'))
  const exec = recorded('exec returns a websocket URI')
  const { status, body } = await replay(azure, exec)
  expect(status).toBe(200)
  expect(body['webSocketUri']).toMatch(/^wss:\/\/[^/]+:\d+\/execstream\/sessionId\/[0-9a-f-]{36}\?api-version=1\.0&rows=24&cols=80$/)
  expect(body['password']).toMatch(/.\[\[EOM\]\]$/)
})

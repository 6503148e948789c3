import { randomUUID } from 'node:crypto'
import { Budget } from './budget.ts'
import { makeCertificates, type Certificates } from './certificates.ts'
import { EngineHost } from './engine-host.ts'
import { Entra, type Application } from './entra.ts'
import { Faults } from './faults.ts'
import { Gateway } from './gateway.ts'
import { ManagedIdentityEndpoint } from './managed-identity.ts'
import { Operations } from './operations.ts'
import type { AzureSettings } from './options.ts'
import { Provider } from './provider.ts'
import { HttpsServer } from './server.ts'
import { Sockets } from './sockets.ts'
import { Tokens } from './tokens.ts'
import { microsoftValidation } from './validation.ts'

/** What a stand-in is made of. */
export interface Parts extends AsyncDisposable {
  readonly application: Application
  readonly certificates: Certificates
  readonly faults: Faults
  readonly host: EngineHost
  readonly identity: ManagedIdentityEndpoint
  readonly provider: Provider
  readonly server: HttpsServer
  readonly sockets: Sockets
  readonly violations: readonly string[]
}

/** A token that was good until a minute ago. */
const EXPIRED_SECONDS = -60

/** Starts all of them, or none. What ends them ends them in the other direction. */
export async function startParts(settings: AzureSettings, socketPath: string): Promise<Parts> {
  await using started = new AsyncDisposableStack()
  const certificates = makeCertificates()
  const faults = new Faults()
  const application = { tenantId: randomUUID(), clientId: randomUUID(), objectId: randomUUID(), clientSecret: randomUUID() }
  const tokens = new Tokens(application.tenantId)
  const lifetime = (): number => (faults.take('token-expired') === undefined ? settings.tokenSeconds : EXPIRED_SECONDS)
  const validation = await microsoftValidation()
  const host = await EngineHost.connect(socketPath, settings)
  started.defer(() => host.removeAll())
  const sockets = await Sockets.start(certificates, faults)
  const provider = new Provider({ ...settings, tenantId: application.tenantId, host }, faults, new Operations(), sockets)
  started.defer(() => provider.close())
  started.use(sockets)
  const gateway = new Gateway(settings, { tokens, faults, provider, budget: new Budget(settings.rates), validation })
  const entra = new Entra(application, tokens, lifetime)
  const answerDelayMs = settings.delays.answering ?? 0
  const server = started.use(await HttpsServer.start(certificates, { entra, gateway, faults, answerDelayMs }))
  const identity = started.use(await ManagedIdentityEndpoint.start(application, tokens, lifetime))
  const owned = started.move()
  const { violations } = gateway
  const dispose = (): Promise<void> => owned.disposeAsync()
  return { application, certificates, faults, host, identity, provider, server, sockets, violations, [Symbol.asyncDispose]: dispose }
}

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ROOT } from '../../../scripts/lib/paths.ts'
import { recordSubject } from '../evidence.ts'

/** How Microsoft's validator finds fault with a request or an answer, one sentence each. */
export interface Validation {
  request(request: { readonly method: string; readonly url: string; readonly headers: Headers; readonly body: unknown }): Promise<string[]>
  answer(
    answer: { readonly status: number; readonly headers: Headers; readonly body: unknown },
    of: { method: string; url: string },
  ): Promise<string[]>
}

type Headers = Readonly<Record<string, string>>

/** The part of `oav` that is used. */
interface Validator {
  initialize(): Promise<void>
  validateLiveRequest(request: object): Promise<Verdict>
  validateLiveResponse(answer: object, of: { readonly method: string; readonly url: string }): Promise<Verdict>
}

interface Verdict {
  readonly isSuccessful?: boolean
  readonly errors: readonly { readonly code: string; readonly message: string; readonly pathsInPayload: readonly string[] }[]
  readonly runtimeException?: { readonly message: string }
}

/** How the summary of a test run calls it; `POLYRUN_REQUIRE=oav` asks for it. */
const NAME = 'azure stand-in (oav)'
const PATTERN = 'specification/containerinstance/**/stable/2023-05-01/*.json'

let validation: Promise<Validation | undefined> | undefined

/** Where Microsoft's description is: `POLYRUN_AZURE_OPENAPI`, else beside the repository. */
export function openapiDirectory(): string {
  return process.env['POLYRUN_AZURE_OPENAPI'] ?? join(ROOT, '..', 'shared', 'azure', 'openapi')
}

/** Microsoft's validator over Microsoft's description, `undefined` where the description is not at hand: the summary then says so. */
export function microsoftValidation(): Promise<Validation | undefined> {
  validation ??= load()
  return validation
}

async function load(): Promise<Validation | undefined> {
  const directory = openapiDirectory()
  if (!existsSync(join(directory, 'specification', 'containerinstance'))) {
    const reason = `Microsoft's description of the service is not in ${directory}: set POLYRUN_AZURE_OPENAPI to a folder with it`
    recordSubject({ kind: 'check', name: NAME, status: 'unavailable', reason })
    return undefined
  }
  // Not imported: its types do not compile under this project's strictness.
  const require = createRequire(import.meta.url)
  const { LiveValidator } = require('oav') as { readonly LiveValidator: new (options: object) => Validator }
  const options = {
    directory,
    swaggerPathsPattern: [PATTERN],
    git: { shouldClone: false },
    isArmCall: true,
    loadValidatorInBackground: false,
  }
  const validator = new LiveValidator(options)
  await validator.initialize()
  recordSubject({ kind: 'check', name: NAME, status: 'exercised' })
  return {
    request: async ({ method, url, headers, body }) => {
      const query = Object.fromEntries(new URL(url, 'https://localhost').searchParams)
      return faultsOf(await validator.validateLiveRequest({ method, url, headers, query, ...(body !== undefined && { body }) }))
    },
    answer: async ({ status, headers, body }, of) => {
      const given = { statusCode: String(status), headers, ...(body !== undefined && { body }) }
      return faultsOf(await validator.validateLiveResponse(given, of))
    },
  }
}

function faultsOf({ isSuccessful, errors, runtimeException }: Verdict): string[] {
  if (isSuccessful === true) return []
  const faults = errors.map(({ code, message, pathsInPayload }) => `${code} at ${pathsInPayload.join(', ') || 'the request'}: ${message}`)
  return runtimeException === undefined ? faults : [...faults, runtimeException.message]
}

import { Refusal } from './answers.ts'
import type { AnswerFault, Faults } from './faults.ts'
import type { OperationName } from './routes.ts'

/** What a fault's answer speaks about. */
export interface FaultContext {
  readonly operation: OperationName
  readonly right: string
  readonly clientId: string
  readonly objectId: string
  readonly subscription: string
  readonly resourceId: string
  readonly location: string
  readonly locations: readonly string[]
  readonly group: string
  readonly container: string
  readonly image: string
  readonly cores: number
}

type Answers = {
  readonly [F in AnswerFault as F['fault']]: {
    /** Where it can happen. */
    readonly on: readonly OperationName[] | 'everywhere'
    readonly refuse: (context: FaultContext, fault: F) => Refusal
  }
}

const CREATE = ['create'] as const
const GATEWAY = { 'x-ms-failure-cause': 'gateway' } as const
const SERVICE = { 'x-ms-failure-cause': 'service' } as const

/** The words are the service's own as far as they were ever seen in public. */
const ANSWERS: Answers = {
  throttled: {
    on: 'everywhere',
    refuse: (_, { retryAfterSeconds }) => {
      const wait = retryAfterSeconds ?? 17
      const message = `Number of requests exceeded the limit. Please try again after '${wait}' seconds.`
      return new Refusal(429, 'ResourceRequestsThrottled', message, retryAfterSeconds === undefined ? {} : { 'Retry-After': `${wait}` })
    },
  },
  'server-error': {
    on: 'everywhere',
    refuse: (_, { status = 500 }) => new Refusal(status, 'InternalServerError', 'Encountered internal server error.', SERVICE),
  },
  forbidden: {
    on: 'everywhere',
    refuse: ({ clientId, objectId, resourceId, right }, fault) =>
      new Refusal(403, 'AuthorizationFailed', missingRight(clientId, objectId, fault.right ?? right, resourceId), GATEWAY),
  },
  'policy-denies': {
    on: CREATE,
    refuse: ({ group }) =>
      new Refusal(403, 'RequestDisallowedByPolicy', `Resource '${group}' was disallowed by policy. Policy identifiers: '[]'.`, GATEWAY),
  },
  'quota-reached': {
    on: CREATE,
    refuse: ({ location, cores }, { limit = 10, usage = 10 }) => quotaReached('StandardCores', location, limit, usage, cores),
  },
  'no-capacity': {
    on: CREATE,
    refuse: ({ location, cores }) => {
      const what = `The requested resource with '${cores}' CPU and Linux OS is not available in the location '${location}' at this moment.`
      return new Refusal(
        409,
        'ServiceUnavailable',
        `${what} Please retry with a different resource request or in another location.`,
        SERVICE,
      )
    },
  },
  'provider-not-registered': {
    on: CREATE,
    refuse: () => {
      const message = "The subscription is not registered to use namespace 'Microsoft.ContainerInstance'."
      const next = 'See https://aka.ms/rps-not-found for how to register subscriptions.'
      return new Refusal(409, 'MissingSubscriptionRegistration', `${message} ${next}`, GATEWAY)
    },
  },
  'subscription-unknown': { on: 'everywhere', refuse: ({ subscription }) => subscriptionNotFound(subscription) },
  'region-unavailable': { on: CREATE, refuse: ({ location, locations }) => regionUnavailable(location, locations) },
  'image-inaccessible': { on: CREATE, refuse: ({ image, group }) => imageInaccessible(image, group) },
  'registry-error': {
    on: CREATE,
    refuse: () => {
      const message = "An error response is received from the docker registry 'index.docker.io'. Please retry later."
      return new Refusal(409, 'RegistryErrorResponse', message, SERVICE)
    },
  },
  'logs-not-available': {
    on: ['logs'],
    refuse: ({ container }) =>
      new Refusal(404, 'ContainerLogNotAvailable', `The container log is not available for '${container}'.`, SERVICE),
  },
  'token-refused': {
    on: 'everywhere',
    refuse: () => {
      const challenge = 'Bearer authorization_uri="https://login.windows.net/common", error="invalid_token"'
      const message = 'The access token expired while it was on its way.'
      return new Refusal(401, 'ExpiredAuthenticationToken', message, { ...GATEWAY, 'WWW-Authenticate': challenge })
    },
  },
  'group-transitioning': { on: ['create', 'delete', 'exec', 'start', 'stop', 'restart'], refuse: ({ group }) => transitioning(group) },
}

/** Throws the answer of the first fault that strikes an operation, if one does. */
export function strike(faults: Faults, context: FaultContext): void {
  for (const name of Object.keys(ANSWERS) as (keyof Answers)[]) {
    const { on, refuse } = ANSWERS[name] as { on: readonly OperationName[] | 'everywhere'; refuse: (c: FaultContext, f: object) => Refusal }
    if (on !== 'everywhere' && !on.includes(context.operation)) continue
    const fault = faults.take(name, context.operation)
    if (fault !== undefined) throw refuse(context, fault)
  }
}

export function missingRight(clientId: string, objectId: string, right: string, scope: string): string {
  const who = `The client '${clientId}' with object id '${objectId}'`
  const what = `does not have authorization to perform action 'Microsoft.ContainerInstance/${right}' over scope '${scope}' or the scope is invalid.`
  return `${who} ${what} If access was recently granted, please refresh your credentials.`
}

export function quotaReached(name: string, location: string, limit: number, usage: number, requested: number): Refusal {
  const where = `Resource type 'Microsoft.ContainerInstance/containerGroups' container group quota '${name}' exceeded in region '${location}'.`
  return new Refusal(409, 'ContainerGroupQuotaReached', `${where} Limit: '${limit}', Usage: '${usage}' Requested: '${requested}'.`, SERVICE)
}

export function subscriptionNotFound(subscription: string): Refusal {
  return new Refusal(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`, GATEWAY)
}

export function regionUnavailable(location: string, locations: readonly string[]): Refusal {
  const message = `The provided location '${location}' is not available for resource type 'Microsoft.ContainerInstance/containerGroups'.`
  const list = `List of available regions for the resource type is '${locations.join(',')}'.`
  return new Refusal(400, 'LocationNotAvailableForResourceType', `${message} ${list}`, GATEWAY)
}

export function imageInaccessible(image: string, group: string): Refusal {
  const message = `The image '${image}' in container group '${group}' is not accessible. Please check the image and registry credential.`
  return new Refusal(400, 'InaccessibleImage', message, SERVICE)
}

export function transitioning(group: string): Refusal {
  return new Refusal(
    409,
    'ContainerGroupTransitioning',
    `The container group '${group}' is still transitioning, please retry later.`,
    SERVICE,
  )
}

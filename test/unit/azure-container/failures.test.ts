import { describe, expect, test } from 'vitest'
import { explain, failureBehind, wasRefused, type About } from '../../../src/executors/azure-container/explain.ts'
import { FAILURES, failureFor, RIGHTS, type Failure } from '../../../src/executors/azure-container/failures.ts'

const about: About = { operation: 'create', group: 'polyrun-1', location: 'westeurope', image: 'python:3', subscription: 'sub-1' }

/** What the client throws for an answer. */
function restError(status: number, code: string, message: string): Error {
  const headers = { get: (name: string) => (name === 'x-ms-request-id' ? 'request-1' : undefined) }
  return Object.assign(new Error(message), {
    name: 'RestError',
    statusCode: status,
    code,
    details: { error: { code } },
    response: { headers },
  })
}

describe.each((FAILURES as readonly Failure[]).map((row, index) => [index, row] as const))('row %i', (index, row) => {
  const [code] = row.codes ?? []
  const [status] = row.statuses ?? (row.names === undefined ? [409] : [])
  const [name = 'RestError'] = row.names ?? []

  test('is found by what it names', () => {
    expect(failureFor({ name, status, code: code?.toUpperCase() })).toBe(FAILURES[index])
  })

  test('becomes its code, with the next step', () => {
    const thrown = status === undefined ? Object.assign(new Error('said so'), { name }) : restError(status, code ?? 'SomeCode', 'said so')
    const { error } = explain(thrown, about)
    expect(error.code).toBe(row.code)
    expect(error.message).toContain('said so')
    expect(error.message).not.toMatch(/[{}]/)
    expect(error.cause).toBe(thrown)
    if (status !== undefined) expect(error.message).toMatch(/status \d+, request request-1/)
  })
})

test('the missing right is the one of the operation', () => {
  for (const operation of ['create', 'look', 'logs', 'exec', 'delete', 'list'] as const) {
    const { error } = explain(restError(403, 'AuthorizationFailed', 'no'), { ...about, operation })
    expect(error.message).toContain(RIGHTS[operation])
  }
})

test('what is known of a refusal: whether another region may do, and whether anything came of it', () => {
  const noRoom = explain(restError(409, 'ServiceUnavailable', 'no room'), about).error
  expect(failureBehind(noRoom)?.elsewhere).toBe(true)
  expect(wasRefused(noRoom)).toBe(true)
  const lost = explain(Object.assign(new Error('socket hang up'), { name: 'RestError', code: 'ECONNRESET' }), about).error
  expect(wasRefused(lost)).toBe(false)
  expect(failureBehind(new Error('other'))).toBeUndefined()
})

test('a message of the client with a dump behind it is cut, and one without words is no crash', () => {
  expect(explain(new Error(`first line\n\n{"lots": "of it"}`), about).error.message).not.toContain('lots')
  expect(explain(undefined, about).error.code).toBe('BACKEND_UNREACHABLE')
  expect(explain(null, about).error.code).toBe('BACKEND_UNREACHABLE')
})

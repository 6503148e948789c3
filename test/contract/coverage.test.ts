import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CAPABILITIES, type Capability } from '../../src/core/index.ts'
import { BODIES } from '../../src/testing/bodies/index.ts'
import { REQUIREMENTS, type Requirement } from '../../src/testing/index.ts'

/** Capabilities that no requirement is about yet, with the reason. */
const WITHOUT_REQUIREMENT: Readonly<Partial<Record<Capability, string>>> = {}

const requirements = Object.entries<Requirement>(REQUIREMENTS)

test('every requirement has a body, and every body a requirement', () => {
  expect(requirements.length).toBeGreaterThan(100)
  expect(Object.keys(BODIES).toSorted()).toEqual(Object.keys(REQUIREMENTS).toSorted())
})

test('every requirement says something of its own, for a family of executors', () => {
  const titles = requirements.map(([, { title }]) => title)
  expect(new Set(titles).size).toBe(titles.length)
  for (const [id, { title, families }] of requirements) {
    expect(id).toMatch(/^[a-z]+(:[a-z0-9-]+)+$/)
    expect(title).not.toBe('')
    expect(families.length).toBeGreaterThan(0)
  }
})

test.each(CAPABILITIES)('the capability %s has a requirement, or a reason to have none', (capability) => {
  const isNeeded = requirements.some(([, { needs }]) => needs?.includes(capability))
  expect(isNeeded).toBe(!(capability in WITHOUT_REQUIREMENT))
})

test('every executor has a contract test', () => {
  const executors = readdirSync('src/executors')
  expect(executors).toContain('local')
  const forgotten = executors.filter((name) => !existsSync(`test/contract/${name}.test.ts`))
  expect(forgotten, 'executors without a file in test/contract').toEqual([])
})

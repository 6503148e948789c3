import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEFAULT_EXECUTOR, EXECUTORS, loadExecutor, PLACE_FLAGS, placeSettings } from '../../../src/cli/executors.ts'

test('every row loads an executor, and every file of one has a row', async () => {
  const files = readdirSync(new URL('../../../src/cli/executors', import.meta.url)).map((name) => name.replace(/\.ts$/, ''))
  expect(files.length).toBeGreaterThan(0)
  expect(files.toSorted()).toEqual(Object.keys(EXECUTORS).toSorted())
  expect(Object.keys(EXECUTORS)).toContain(DEFAULT_EXECUTOR)
  for (const name of Object.keys(EXECUTORS)) expect(Object.keys(await loadExecutor(name)).toSorted()).toEqual(['create', 'examine'])
})

test('an unknown name is refused, also one that every object has', async () => {
  await expect(loadExecutor('moon')).rejects.toThrow(/Known: local/)
  await expect(loadExecutor('toString')).rejects.toThrow(/no executor/)
})

test('of the flags about the place an executor gets those that it has, and only where they are given', () => {
  expect(placeSettings('docker', { image: 'x', network: 'bridge' })).toEqual({ image: 'x', network: 'bridge' })
  expect(placeSettings('local', {})).toEqual({})
  for (const flag of PLACE_FLAGS)
    expect(
      Object.values(EXECUTORS).some(({ flags }) => flags.includes(flag)),
      flag,
    ).toBe(true)
})

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // The examples in docs/ import the package by its name, as their readers do; here that is the source.
    alias: [
      { find: /^polyrun$/, replacement: source('index.ts') },
      { find: /^polyrun\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globals: false,
    // Tests start and kill process trees: each file gets a process of its own, and the time limits leave room for slow compilers.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that passes the second time has found something.
    retry: 0,
  },
})

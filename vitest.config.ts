import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests that bring containers of the tests' engines. */
const CONTAINER_TESTS = [
  'test/{azure,azure-standin,docker,docker-jupyter}/**/*.test.ts',
  'test/contract/{azure,docker}*.test.ts',
  'test/{agent,cli,commands,files,notebook}/*{background,container,docker,images,notebook}*.test.ts',
  'test/commands/commands.test.ts',
]

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // The examples in docs/ import the package by its name, as their readers do; here that is the source.
    alias: [
      { find: /^polyrun$/, replacement: source('index.ts') },
      { find: /^polyrun\/agent$/, replacement: source('agent/index.ts') },
      { find: /^polyrun\/agent\/([\w-]+)$/, replacement: source('agent/integrations/$1.ts') },
      { find: /^polyrun\/azure-container$/, replacement: source('executors/azure-container/index.ts') },
      { find: /^polyrun\/docker$/, replacement: source('executors/docker/index.ts') },
      { find: /^polyrun\/docker-jupyter$/, replacement: source('executors/docker-jupyter/index.ts') },
      { find: /^polyrun\/notebook$/, replacement: source('notebook/index.ts') },
      { find: /^polyrun\/jupyter$/, replacement: source('executors/jupyter/index.ts') },
      { find: /^polyrun\/e2b$/, replacement: source('executors/e2b/index.ts') },
      { find: /^polyrun\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    globals: false,
    // Costs nothing until a test file asks for an engine. Ending one may take longer than vitest waits by itself.
    globalSetup: ['test/support/engines/setup.ts'],
    teardownTimeout: 90_000,
    // Tests start and kill process trees: each file gets a process of its own, and the time limits leave room for slow compilers.
    pool: 'forks',
    // Containers come and go on the engines of the tests, and a sandbox that is being built beside them trips over their
    // mounts: so one kind after the other.
    projects: [
      {
        extends: true,
        test: {
          name: 'machine',
          include: ['test/**/*.test.ts'],
          exclude: CONTAINER_TESTS,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      { extends: true, test: { name: 'containers', include: CONTAINER_TESTS, maxWorkers: 2, sequence: { groupOrder: 2 } } },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that passes the second time has found something.
    retry: 0,
  },
})

import { afterAll, expect, test } from 'vitest'
import type { CodeExecutor } from '../../src/core/index.ts'
import { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { findProjectImage, readProjectImage, resolveProjectImage } from '../../src/executors/docker/images/project-images.ts'
import { BUILTIN_LANGUAGES } from '../../src/languages/builtin/index.ts'
import { languageContract, type ExecutorSubject } from '../../src/testing/index.ts'
import { registerContract, registerUnavailable } from '../contract/register.ts'
import { dockerEngine } from '../support/docker.ts'

/** Compilers that start a virtual machine of their own take their time on a busy machine. */
const timeScale = 3
const subject = { kind: 'executor', name: 'docker (image polyglot)' } as const
const languages = BUILTIN_LANGUAGES.filter(({ packages }) => packages.images?.includes('polyglot')).map(({ name }) => name)
const engine = await dockerEngine()

test('the image is said to have what was asked for, and more', () => {
  expect(languages.length).toBeGreaterThan(25)
})

if ('unavailable' in engine) registerUnavailable(subject, engine.unavailable)
else if (process.env['CI'] === undefined && (await findProjectImage(engine.client, await readProjectImage('polyglot'))) === undefined)
  registerUnavailable(subject, 'it takes minutes to build; polyrun images build polyglot does')
else {
  const image = await resolveProjectImage(engine.client, 'polyglot')
  const executor = new DockerCodeExecutor({ docker: engine.client, image, limits: { memory: '2g' } })
  afterAll(() => executor.stop())
  const about: ExecutorSubject = {
    name: subject.name,
    family: 'command',
    create: () => lent(executor),
    languages: ['sh', 'python'],
    capabilities: ['stdin'],
    timeScale,
  }
  registerContract(
    subject,
    languages.flatMap((name) => languageContract(about, name)),
    timeScale,
  )
}

/** One executor for all of them: whoever has it may not end it. */
function lent(executor: CodeExecutor): CodeExecutor {
  return {
    name: executor.name,
    capabilities: executor.capabilities,
    start: (options) => executor.start(options),
    executeCode: (...call) => executor.executeCode(...call),
    streamCode: (...call) => executor.streamCode(...call),
    restart: () => executor.restart(),
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

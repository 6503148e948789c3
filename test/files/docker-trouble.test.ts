import { afterAll, expect, test } from 'vitest'
import { DockerCodeExecutor } from '../../src/executors/docker/index.ts'
import { registerUnavailable } from '../contract/register.ts'
import { dockerEngine } from '../support/docker.ts'
import { testImage } from '../support/docker-image.ts'
import { registerTrouble } from './trouble.ts'

const engine = await dockerEngine('docker')
if ('unavailable' in engine) registerUnavailable({ kind: 'executor', name: 'files of docker' }, engine.unavailable)
else {
  const image = await testImage(engine)
  const executor = new DockerCodeExecutor({ docker: engine.client, image, languages: ['sh'] })
  afterAll(() => executor.stop())
  registerTrouble(executor)

  test('a full disk is an answer, and nothing half written stays', async () => {
    await using small = new DockerCodeExecutor({ docker: engine.client, image, languages: ['sh'], limits: { disk: '4m' } })
    const large = Buffer.alloc(8_000_000, 'x')
    expect(await small.files.write('large', large)).toMatchObject({ ok: false, code: 'no_space' })
    expect(
      await small.files.writeFiles([
        { path: 'a', content: 'fits' },
        { path: 'large', content: large },
      ]),
    ).toMatchObject([{ ok: true }, { ok: false, code: 'no_space' }])
    expect((await small.executeCode('ls -A | grep -v main_', 'sh')).output).toBe('a\n')
    expect(await small.files.write('a', 'still works')).toMatchObject({ ok: true })
  })
}

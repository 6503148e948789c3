import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import Docker from 'dockerode'
import { describe, expect, test } from 'vitest'
import {
  findProjectImage,
  PROJECT_IMAGES,
  readProjectImage,
  resolveProjectImage,
  type ProjectImageName,
} from '../../src/executors/docker/images/project-images.ts'
import { dockerEngine, type TestEngine } from '../support/docker.ts'
import { skipBecause } from '../support/local.ts'

const MINUTE = 60_000
/** What takes minutes and gigabytes is not built by everyone who runs the tests. */
const LARGE: readonly ProjectImageName[] = ['polyglot']

const SMOKE: Readonly<Record<ProjectImageName, { readonly file: string; readonly command: readonly string[] }>> = {
  python: { file: 'smoke.py', command: ['python3', '-'] },
  node: { file: 'smoke.mjs', command: ['node', '--input-type=module', '-'] },
  jupyter: { file: 'smoke.py', command: ['python3', '-'] },
  polyglot: { file: 'smoke.sh', command: ['bash', '-s'] },
}

const engine = await dockerEngine()
skipBecause('unavailable' in engine ? engine.unavailable : undefined)

describe.each(PROJECT_IMAGES)('the image %s', (name) => {
  test('keeps its promises where programs run', { timeout: 15 * MINUTE }, async (context) => {
    if ('unavailable' in engine) return
    const image = await readProjectImage(name)
    const isMissing =
      LARGE.includes(name) && process.env['CI'] === undefined && (await findProjectImage(engine.client, image)) === undefined
    context.skip(isMissing, `it takes minutes to build; polyrun images build ${name} does`)
    const id = await resolveProjectImage(engine.client, name)
    const { file, command } = SMOKE[name]
    const { status, output } = await runHardened(engine, id, command, readFileSync(join(image.directory, file)))
    expect(status, output).toBe(0)
    expect(output.trim().split('\n').at(-1)).toBe('ok')
    if (name === 'polyglot') expect(output.trim().split('\n').at(-2)?.trim().split(' ').length).toBeGreaterThanOrEqual(36)
  })
})

test('images with the same helper have the same one', async () => {
  const [node, polyglot] = await Promise.all((['node', 'polyglot'] as const).map((name) => readProjectImage(name)))
  const textOf = (directory = ''): string => readFileSync(join(directory, 'typescript.mjs'), 'utf8')
  expect(textOf(polyglot?.directory)).toBe(textOf(node?.directory))
})

/** Runs a command as the executor would: no network, nothing to write to but two directories in memory, no rights. */
async function runHardened(
  { socketPath }: TestEngine,
  image: string,
  command: readonly string[],
  input: Buffer,
): Promise<{ readonly status: number; readonly output: string }> {
  const container = await new Docker({ socketPath }).createContainer({
    Image: image,
    Cmd: [...command],
    User: '10001:10001',
    WorkingDir: '/workspace',
    Env: ['HOME=/tmp'],
    Tty: false,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: {
      Init: true,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      NetworkMode: 'none',
      Memory: 1024 ** 3,
      MemorySwap: 1024 ** 3,
      PidsLimit: 256,
      Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,size=512m,mode=1777', '/workspace': 'rw,exec,nosuid,nodev,size=512m,mode=1777' },
    },
  })
  try {
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true })
    const output = buffer(stream)
    await container.start()
    stream.end(input)
    const { StatusCode } = (await container.wait()) as { readonly StatusCode: number }
    return { status: StatusCode, output: textOf(await output) }
  } finally {
    await container.remove({ force: true, v: true })
  }
}

/** Both streams of the program, without the headers that the engine puts before each piece. */
function textOf(frames: Buffer): string {
  let text = ''
  for (let at = 0; at + 8 <= frames.length; at += 8 + frames.readUInt32BE(at + 4)) {
    text += frames.subarray(at + 8, at + 8 + frames.readUInt32BE(at + 4)).toString()
  }
  return text
}

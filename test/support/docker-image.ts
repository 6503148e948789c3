import { pack } from 'tar-stream'
import type { TestEngine } from './docker.ts'

/** What the contract and the attacks need, and no more: small, so that each engine can build its own. */
const DOCKERFILE = `FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
`
const TAG = 'polyrun-test/python:1'

const images = new Map<string, Promise<string>>()

/** An image with Python and a Debian system around it, built the first time that an engine is asked for it. */
export function testImage(engine: TestEngine): Promise<string> {
  const image = images.get(engine.socketPath) ?? build(engine)
  images.set(engine.socketPath, image)
  return image
}

async function build({ client }: TestEngine): Promise<string> {
  try {
    return (await client.getImage(TAG).inspect()).Id
  } catch {
    // not there yet
  }
  const context = pack()
  context.entry({ name: 'Dockerfile' }, DOCKERFILE)
  context.finalize()
  const stream = await client.buildImage(context as unknown as NodeJS.ReadableStream, { t: TAG, rm: true, forcerm: true })
  let said = ''
  for await (const chunk of stream) said = (said + String(chunk)).slice(-4_000)
  try {
    return (await client.getImage(TAG).inspect()).Id
  } catch (cause) {
    throw new Error(`the image of the tests could not be built: ${said}`, { cause })
  }
}

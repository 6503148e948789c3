import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openAiModel, serverFromEnvironment } from '../../../scripts/lib/openai-model.ts'
import { Transcript } from '../../../scripts/lib/transcript.ts'

interface Request {
  readonly authorization: string | undefined
  readonly body: { readonly model: string; readonly messages: readonly { readonly content: string }[]; readonly stream: boolean }
}

/** A server that speaks OpenAI's chat completions and says these lines, cut where it hurts. */
async function serverThatSays(...lines: readonly string[]): Promise<{ readonly baseUrl: string; readonly requests: readonly Request[] }> {
  const requests: Request[] = []
  const server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      requests.push({ authorization: request.headers.authorization, body: JSON.parse(body) as Request['body'] })
      const line = lines[requests.length - 1]
      if (line === undefined) return response.writeHead(429).end('slow down')
      const events = (line.match(/./gsu) ?? []).map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
      const bytes = Buffer.from(`: hello\n\n${events.join('')}data: {"choices":[]}\n\ndata: [DONE]\n\n`)
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7))
      return response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests }
}

async function demo(env: NodeJS.ProcessEnv): Promise<string> {
  const clean = { ...process.env, OPENAI_API_KEY: '', OPENAI_BASE_URL: '', OPENAI_MODEL: '' }
  return (await promisify(execFile)(process.execPath, ['scripts/demo-agent.ts'], { env: { ...clean, ...env } })).stdout
}

describe('the demo', () => {
  test('with its script: a mistake, a repair, a check, and who says what', async () => {
    const transcript = await demo({})
    expect(transcript).toMatch(/── user[\s\S]*── coder[\s\S]*NameError[\s\S]*attempt 2[\s\S]*│ longest: 6171 262[\s\S]*── reviewer/)
    expect(transcript).toMatch(/running javascript\n {3}│ longest: 6171 262\n {3}└ exit 0 run: \d+ ms/)
    expect(transcript).toContain('reviewer said "APPROVED"')
  })

  test('with a model behind OPENAI_BASE_URL', async () => {
    const { baseUrl, requests } = await serverThatSays('It is 6171, I dare say.', 'APPROVED')
    const transcript = await demo({ OPENAI_BASE_URL: `${baseUrl}/`, OPENAI_API_KEY: 'test-key', OPENAI_MODEL: 'tiny' })
    expect(transcript).toContain(`tiny at ${baseUrl}`)
    expect(transcript).toContain('It is 6171, I dare say.')
    expect(requests).toHaveLength(2)
    expect(requests[0]).toMatchObject({ authorization: 'Bearer test-key', body: { model: 'tiny', stream: true } })
  })
})

describe('a model behind an OpenAI-compatible server', () => {
  const ask = async (baseUrl: string, signal = new AbortController().signal): Promise<string> => {
    const pieces: string[] = []
    const answer = openAiModel({ baseUrl, apiKey: undefined, model: 'tiny' })([{ role: 'user', content: 'Hi.' }], { signal })
    for await (const piece of answer as AsyncIterable<string>) pieces.push(piece)
    return pieces.join('')
  }

  test('is read whole, however the bytes are cut', async () => {
    const { baseUrl, requests } = await serverThatSays('Grüße, 世界 😀\nend')
    expect(await ask(baseUrl)).toBe('Grüße, 世界 😀\nend')
    expect(requests[0]?.authorization).toBeUndefined()
  })

  test('that refuses is an error with its words', async () => {
    await expect(ask((await serverThatSays()).baseUrl)).rejects.toThrow(/429: slow down/)
  })

  test('is there when either variable names it', () => {
    expect(serverFromEnvironment({})).toBeUndefined()
    expect(serverFromEnvironment({ OPENAI_BASE_URL: 'http://x/v1' })).toMatchObject({ baseUrl: 'http://x/v1', apiKey: undefined })
    expect(serverFromEnvironment({ OPENAI_API_KEY: 'k' })).toMatchObject({ baseUrl: 'https://api.openai.com/v1', apiKey: 'k' })
  })
})

test('a transcript has no line in the middle of another', () => {
  let written = ''
  const transcript = new Transcript((text) => (written += text))
  for (const piece of ['Look', ':\n```py', 'thon\nx = 1\n``', '`'])
    transcript.tell({ type: 'generation-delta', source: 'a', attempt: 1, text: piece })
  const program = { language: 'python', source: 'x', entryPoint: undefined, line: 1 }
  transcript.tell({ type: 'execution-start', source: 'a', attempt: 1, block: 0, program })
  for (const text of ['no line ', 'end'])
    transcript.tell({ type: 'output-delta', source: 'a', attempt: 1, block: 0, stream: 'output', text })
  transcript.tell({ type: 'execution-end', source: 'a', attempt: 1, block: 0, result: { status: 'denied', program, reason: 'no' } })
  expect(
    written
      .replaceAll(/\d+ ms/g, 'N ms')
      .split('\n')
      .slice(2),
  ).toEqual([
    '   Look:',
    '   ```python',
    '   x = 1',
    '   ```',
    '   model: N ms',
    '   ┌ running python',
    '   │ no line end',
    '   └ denied run: N ms',
    '',
  ])
})

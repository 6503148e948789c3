// npm run demo:agent: a coder that runs its programs and a reviewer talk about a task, written down as it happens. With
// OPENAI_API_KEY or OPENAI_BASE_URL set, a real model thinks for both (OPENAI_MODEL names it); else their words are scripted.
import { styleText } from 'node:util'
import { AssistantAgent, CodeExecutorAgent, maxMessages, RoundRobinGroupChat, textMention } from '../src/agent/index.ts'
import { LocalCodeExecutor } from '../src/index.ts'
import { demoPlace } from './lib/demo-place.ts'
import { scriptedModels } from './lib/demo-script.ts'
import { openAiModel, serverFromEnvironment } from './lib/openai-model.ts'
import { Transcript } from './lib/transcript.ts'

const TASK = 'Which number below 10000 has the longest Collatz chain, and how long is it? Find out with a program.'

const server = serverFromEnvironment(process.env)
const real = server && openAiModel(server)
const models = real ? { coder: real, reviewer: real } : scriptedModels()
const place = demoPlace()
const isolation = place.isolation ?? 'none'
process.stdout.write(
  `A coder and a reviewer. Model: ${server ? `${server.model} at ${server.baseUrl}` : 'scripted'}. Isolation: ${isolation}.\n`,
)

await using executor = new LocalCodeExecutor({ ...place, timeoutMs: 30_000 })
const coder = new CodeExecutorAgent({
  name: 'coder',
  codeExecutor: executor,
  model: models.coder,
  languages: ['python', 'javascript', 'bash'],
  // Where nothing isolates the code, the demo's own lines may run; those of a real model are for a person to read first.
  ...(isolation === 'none' && { approve: () => (server ? { approved: false, reason: 'no sandbox here' } : true) }),
})
const reviewer = new AssistantAgent({
  name: 'reviewer',
  model: models.reviewer,
  systemMessage: 'You review the work of a coder, briefly. Ask for one check if the result needs it. When you are content, say APPROVED.',
})
const team = new RoundRobinGroupChat({
  participants: [coder, reviewer],
  termination: textMention('APPROVED', { sources: ['reviewer'] }).or(maxMessages(8)),
})

const transcript = new Transcript()
const began = performance.now()
transcript.say('user', TASK)
for await (const event of team.runStream({ task: TASK })) {
  if (event.type !== 'end') {
    transcript.tell(event)
    continue
  }
  const isDone = event.result.messages.some(({ source, content }) => source === 'reviewer' && content.includes('APPROVED'))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  process.stdout.write(`\n${styleText(isDone ? 'green' : 'yellow', event.result.stopReason)} after ${seconds} s\n`)
  process.exitCode = isDone || server ? 0 : 1
}

import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { inspect } from 'node:util'

/** The member of an agent that Node gives each request to. Its types do not have it. */
interface RequestTaker {
  addRequest(request: ClientRequest, options: object): void
}

/**
 * Makes up for two habits of the client. It prints the options of every request for its log, whether there is one or not, and
 * an agent in them is a deep tree: it takes longer than the request. And it waits for the end of an answer only, so that a
 * request whose answer breaks off would never come to an end.
 */
export function prepareAgent(agent: Agent): void {
  const taker = agent as unknown as RequestTaker
  const addRequest = taker.addRequest.bind(agent)
  Object.assign(agent, {
    [inspect.custom]: () => 'Agent',
    addRequest(request: ClientRequest, options: object) {
      request.once('response', (answer) => answer.once('close', () => failIfBroken(request, answer)))
      addRequest(request, options)
    },
  })
}

function failIfBroken(request: ClientRequest, answer: IncomingMessage): void {
  if (answer.complete) return
  const broken = Object.assign(new Error('the engine closed the connection within its answer'), { code: 'ECONNRESET' })
  request.emit('error', answer.errored ?? broken)
}

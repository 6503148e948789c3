import { CodeExecutorError } from '../../core/index.ts'
import { messageOf } from '../../engine/index.ts'
import type { E2BCommands, E2BSandboxClass, ProcessService } from './client.ts'

/** A name and no literal: the package's types do not compile for everybody who uses ours. */
const PACKAGE: string = 'e2b'

/** The sandboxes of the package e2b. @throws `PEER_MISSING` without it */
export async function loadSandboxClass(): Promise<E2BSandboxClass> {
  try {
    return ((await import(PACKAGE)) as { readonly Sandbox: E2BSandboxClass }).Sandbox
  } catch (error) {
    throw new CodeExecutorError(
      'PEER_MISSING',
      `The e2b executor needs the package e2b, which could not be loaded (${messageOf(error)}). Install it: npm install e2b`,
      { executor: 'e2b', peer: 'e2b' },
      { cause: error },
    )
  }
}

/**
 * The client of the service under the package's commands, which tells output as bytes and keeps none of it.
 * See docs/decisions/0041-e2b-processes.md.
 *
 * @throws `PEER_MISSING` for a version of the package that has none
 */
export function processServiceOf(commands: E2BCommands): ProcessService {
  const service: unknown = 'rpc' in commands ? commands.rpc : undefined
  if (isProcessService(service)) return service
  const message = 'This version of the package e2b is not one that the e2b executor knows. Install another one: npm install e2b@2'
  throw new CodeExecutorError('PEER_MISSING', message, { executor: 'e2b', peer: 'e2b@2' })
}

function isProcessService(service: unknown): service is ProcessService {
  if (typeof service !== 'object' || service === null) return false
  const { start, sendSignal } = service as Partial<ProcessService>
  return typeof start === 'function' && typeof sendSignal === 'function'
}

import { CodeExecutorError } from '../../core/index.ts'
import type { E2BSandbox, E2BSandboxClass } from './client.ts'
import { killUnanswered, ownerMetadata } from './ownership.ts'
import { sandboxError } from './sandbox-errors.ts'
import type { E2BSettings } from './settings.ts'

/** Makes a sandbox through the gate. @throws see `sandboxError`; what the gate throws */
export async function createSandbox(sandboxes: E2BSandboxClass, settings: E2BSettings): Promise<E2BSandbox> {
  const { template, connection, sandboxTimeoutMs, allowInternetAccess, createGate } = settings
  const metadata = { ...settings.metadata, ...ownerMetadata() }
  let created: E2BSandbox | undefined
  const create = async (): Promise<void> => {
    try {
      created = await sandboxes.create(template, { ...connection, timeoutMs: sandboxTimeoutMs, metadata, allowInternetAccess })
    } catch (cause) {
      const error = sandboxError(cause, { doing: 'creating', template })
      // It may be there all the same, when only the answer was lost.
      if (error.code === 'BACKEND_UNREACHABLE') await killUnanswered(sandboxes, connection, metadata).catch(() => {})
      throw error
    }
  }
  try {
    await createGate(create)
  } catch (error) {
    await created?.kill().catch(() => false)
    throw error
  }
  if (created !== undefined) return created
  const message = 'createGate did not call what it was given. Call it once, and resolve when it does.'
  throw new CodeExecutorError('INVALID_ARGUMENT', message, { argument: 'createGate', value: createGate })
}

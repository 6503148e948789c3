import { loadSandboxClass } from './connect.ts'
import { countOwn } from './ownership.ts'
import { sandboxError } from './sandbox-errors.ts'
import { readSettings } from './settings.ts'

/** Asks E2B, with what the environment says, how many sandboxes this machine has there. Makes none. @throws see `sandboxError` */
export async function examineE2B(): Promise<number> {
  const { connection, template } = readSettings({ requestTimeoutMs: 10_000 })
  try {
    return await countOwn(await loadSandboxClass(), connection)
  } catch (error) {
    throw sandboxError(error, { doing: 'creating', template })
  }
}

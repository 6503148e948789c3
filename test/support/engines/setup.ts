import type { TestProject } from 'vitest/node'
import { EngineBroker } from './broker.ts'
import { CAN_KEEP_ENGINES } from './keeper-process.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where engines of the tests' own can be asked for; empty where none can be started. */
    readonly engineBroker: string
  }
}

/** Runs once before all test files; what it returns runs after them. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const broker = CAN_KEEP_ENGINES ? await EngineBroker.open() : undefined
  project.provide('engineBroker', broker?.address ?? '')
  return broker && (() => broker.close())
}

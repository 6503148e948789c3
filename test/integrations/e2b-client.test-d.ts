import { Sandbox } from 'e2b'
import type { E2BSandbox, E2BSandboxClass } from '../../src/executors/e2b/client.ts'

Sandbox satisfies E2BSandboxClass
export const sandboxes: E2BSandboxClass = Sandbox
export const asSandbox = (sandbox: Sandbox): E2BSandbox => sandbox

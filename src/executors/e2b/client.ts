/** The members of the `Sandbox` class of the npm package `e2b` 2.x that this executor uses. */
export interface E2BSandboxClass {
  create(template: string, options: E2BCreateOptions): Promise<E2BSandbox>
  list(options: E2BListOptions): E2BPages
  kill(sandboxId: string, options: E2BConnection): Promise<boolean>
}

/** One sandbox. */
export interface E2BSandbox {
  readonly sandboxId: string
  readonly commands: E2BCommands
  readonly files: { write(path: string, data: ArrayBuffer, options: { user: string; requestTimeoutMs: number }): Promise<unknown> }
  isRunning(options?: { requestTimeoutMs?: number }): Promise<boolean>
  setTimeout(timeoutMs: number): Promise<void>
  kill(): Promise<boolean>
}

/** Commands as the package offers them: output as text. */
export interface E2BCommands {
  run(command: string, options: { timeoutMs: number }): Promise<{ readonly stdout: string }>
}

/** Where E2B is and who asks. */
export interface E2BConnection {
  apiKey?: string
  domain?: string
  apiUrl?: string
  sandboxUrl?: string
  requestTimeoutMs: number
  debug: false
}

/** What a sandbox is made with. */
export interface E2BCreateOptions extends E2BConnection {
  timeoutMs: number
  metadata: Record<string, string>
  allowInternetAccess: boolean
}

/** Which sandboxes are asked for. */
export interface E2BListOptions extends E2BConnection {
  query: { metadata: Record<string, string> }
}

/** Sandboxes, page by page. */
export interface E2BPages {
  readonly hasNext: boolean
  nextItems(): Promise<readonly FoundSandbox[]>
}

/** One sandbox of a list. */
export interface FoundSandbox {
  readonly sandboxId: string
  readonly metadata: Record<string, string>
}

/**
 * The service that runs processes in a sandbox, `process.Process` of
 * https://github.com/e2b-dev/infra/blob/main/packages/envd/spec/process/process.proto. The package keeps its client to itself.
 */
export interface ProcessService {
  start(request: StartRequest, options: CallOptions): AsyncIterable<{ readonly event?: { readonly event: ProcessEvent } | undefined }>
  sendSignal(
    request: { process: { selector: { case: 'pid'; value: number } }; signal: number },
    options: { signal: AbortSignal },
  ): Promise<unknown>
}

/** What is started. */
export interface StartRequest {
  process: { cmd: string; args: string[]; envs: Record<string, string> }
  stdin: boolean
}

/** How a call is made. */
export interface CallOptions {
  headers: Record<string, string>
  signal: AbortSignal
  /** 0: no limit of the service's. */
  timeoutMs: number
}

/** What the service tells of a process. */
export type ProcessEvent =
  | { readonly case: 'start'; readonly value: { readonly pid: number } }
  | { readonly case: 'data'; readonly value: { readonly output: ProcessOutput } }
  | { readonly case: 'end'; readonly value: ProcessEnd }
  | { readonly case: 'keepalive'; readonly value: unknown }
  | { readonly case: undefined; readonly value?: undefined }

/** Output of a process, as bytes. */
export type ProcessOutput =
  | { readonly case: 'stdout' | 'stderr' | 'pty'; readonly value: Uint8Array }
  | { readonly case: undefined; readonly value?: undefined }

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number
  /** False when a signal ended it. */
  readonly exited: boolean
  /** `exit status 3`, `signal: killed`. */
  readonly status: string
}

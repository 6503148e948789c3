import type { Duplex } from 'node:stream'
import type { Capability, Termination } from '../../core/index.ts'

/**
 * Where a Jupyter server comes from: this machine, a container, or somebody else's machine. The client of this folder does
 * everything else, over the address that `start` gives.
 */
export interface JupyterServer {
  /** What errors call the executor: `jupyter`. */
  readonly name: string
  /** What kernels of this server can be held to, besides what every kernel can. @defaultValue nothing */
  readonly capabilities?: ReadonlySet<Capability>
  /** Whether the server is there for this executor alone: then it is told to end kernels at once. */
  readonly isOwn: boolean
  /** Why kernels cannot be held to something, and what would change that: the end of the error message. */
  explainMissing?(capability: Capability): string
  /**
   * Makes the server ready, so that it answers HTTP. Called again after {@link stop}, and when it was lost: then whatever
   * is left of the former one is to be removed first.
   */
  start(options: { readonly signal: AbortSignal }): Promise<JupyterAddress>
  /** Ends the server and everything that it started, and leaves nothing. Fine when it is not running. */
  stop(): Promise<void>
  /** Whether the server is known to have ended by itself. What is told goes into the error. @defaultValue nobody knows */
  whyLost?(): Promise<string | undefined>
  /** The last that the server and its kernels said for people, for errors. @defaultValue nothing is known */
  recentLog?(): string
  /**
   * Looks after a kernel that was just started, where its processes can be seen: limits are put on them here, before any
   * code runs. @defaultValue the kernel is seen through the server only
   */
  watchKernel?(kernelId: string): Promise<KernelWatch | undefined>
  /** Puts the working directory of kernels back to how it was at the start. @defaultValue files stay */
  clearWorkDir?(): Promise<void>
}

/** How a server is reached. HTTP and websockets go the same way. */
export interface JupyterAddress {
  /** With the path that everything of the server is under: `http://localhost/`, `https://hub.example/user/ann/`. */
  readonly baseUrl: string
  /** Sent as `Authorization: token ...`. */
  readonly token?: string
  /** Opens a byte stream to the server where it is not reached by TCP: a Unix socket, a stream into a container. */
  readonly openStream?: () => Duplex
  /** The directory that kernels start in. @defaultValue the server's root */
  readonly directory?: JupyterDirectory
}

/** A directory on a server; it is made when it is not there. */
export interface JupyterDirectory {
  /** Relative to the server's root, with `/` between parts. */
  readonly path: string
  /** Whether it is removed at the end, with all it holds, and begun anew by `restart`. */
  readonly isTemporary: boolean
}

/** A kernel's processes, seen from outside. */
export interface KernelWatch {
  /** Resolves when the kernel's process is dead, with what is known of its death. Never rejects; never resolves after `release`. */
  readonly died: Promise<KernelDeath>
  /** Kills the kernel and everything that it started; they are gone when it settles. */
  kill(): Promise<void>
  /** Stops looking. What is left of the kernel's processes is ended. */
  release(): Promise<void>
}

/** How a kernel's process ended; `unknown` where nobody can tell. */
export type KernelDeath =
  | Extract<Termination, { kind: 'exited' | 'signaled' | 'out-of-memory' | 'too-many-processes' }>
  | { readonly kind: 'unknown' }

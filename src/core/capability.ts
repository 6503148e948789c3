/**
 * What an executor can be asked to do beyond running a program. An option that needs a capability the executor lacks is
 * refused when the executor is made (`CAPABILITY_UNSUPPORTED`), never ignored.
 */
export const CAPABILITIES = [
  /** Programs read standard input given in `ExecuteOptions.stdin`. */
  'stdin',
  /** `limits.memory` holds. */
  'memory-limit',
  /** `limits.memorySwap` holds. */
  'memory-swap-limit',
  /** `limits.cpus` holds. */
  'cpu-limit',
  /** `limits.pids` holds. */
  'pids-limit',
  /** `limits.disk` holds. */
  'disk-limit',
  /** `limits.openFiles` holds. */
  'open-files-limit',
  /** Programs cannot read the rest of the host's files nor write outside their working directory. */
  'file-isolation',
  /** Programs reach no network. */
  'network-isolation',
  /** Names defined by one run are there for the next one (kernels). */
  'persistent-state',
  /** Results carry MIME bundles (kernels). */
  'display',
] as const

/** One name out of {@link CAPABILITIES}. */
export type Capability = (typeof CAPABILITIES)[number]

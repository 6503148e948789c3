/** The engines that the tests know: Docker's, the same with gVisor's runtime, and Podman's service, which speaks as Docker's does. */
export type EngineKind = 'docker' | 'gvisor' | 'podman'

/** Where an engine is, or why there is none, as the end of a sentence that starts with "because". */
export type EngineAnswer = { readonly socketPath: string } | { readonly unavailable: string }

/** What is said of an attempt that failed. */
export function unavailable(error: unknown): { readonly unavailable: string } {
  return { unavailable: error instanceof Error ? error.message : String(error) }
}

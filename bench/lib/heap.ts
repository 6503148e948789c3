/** What is in use on the heap after everything that can be collected was, in bytes. Needs `--expose-gc`. */
export function heapAfterCollecting(): number {
  for (let turn = 0; turn < 3; turn += 1) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

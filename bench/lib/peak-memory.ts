import { readFileSync, writeFileSync } from 'node:fs'

const SAMPLE_MS = 5

/** How the largest resident size was found. */
export type PeakSource = 'kernel' | 'sampled'

/** Watches how large this process becomes. */
export interface PeakWatch {
  readonly source: PeakSource
  /** Ends the watch: the largest resident size since it began, in bytes. */
  end(): number
}

/** Starts watching. The kernel's own high-water mark sees every moment; where it cannot be reset, looks are taken in between. */
export function watchPeak(): PeakWatch {
  if (resetHighWaterMark()) return { source: 'kernel', end: readHighWaterMark }
  let peak = process.memoryUsage.rss()
  const look = (): void => void (peak = Math.max(peak, process.memoryUsage.rss()))
  const timer = setInterval(look, SAMPLE_MS)
  return {
    source: 'sampled',
    end: () => {
      clearInterval(timer)
      look()
      return peak
    },
  }
}

/** proc_pid_clear_refs(5): a 5 sets the mark to the current size. */
function resetHighWaterMark(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
    return readHighWaterMark() > 0
  } catch {
    return false
  }
}

function readHighWaterMark(): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
  return Number(kib ?? 0) * 1024
}

import { Option } from 'commander'
import { PULL_NAMES, type Volume } from './executors.ts'
import { parseVolume } from './flags.ts'

/** `--pull`. */
export function pullOption(): Option {
  return new Option('--pull <when>', 'docker: when the image is fetched (default: missing)').choices(PULL_NAMES)
}

/** Reads one `--volume` more. */
export function collectVolume(word: string, earlier: readonly Volume[] = []): readonly Volume[] {
  return [...earlier, parseVolume(word)]
}

/**
 * The first versions in which a program cannot get out through what it puts in place of `/dev/null` and `/dev/console`, nor
 * through writes that are led astray in `/proc`: CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881. Later lines have it from
 * their beginning.
 */
const FIXED = [
  [1, 2, 8],
  [1, 3, 3],
] as const
/** Of 1.4.0 there were two candidates without the fix. */
const UNFIXED_CANDIDATE = /^1\.4\.0-rc\.?[12]\b/

/** Whether a version of runc, such as `1.1.5+ds1`, lets programs out of containers. One that cannot be read is not known to. */
export function isLeakyRunc(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)
  if (!match) return false
  if (UNFIXED_CANDIDATE.test(version.replace(/^v/, ''))) return true
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number)
  const fixed = FIXED.find((line) => line[0] === major && line[1] === minor)
  if (fixed) return patch < fixed[2]
  return major < FIXED[0][0] || (major === FIXED[0][0] && minor < FIXED[0][1])
}

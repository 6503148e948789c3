/** A row of scripts/provision/debian.json. */
export interface SystemPackage {
  readonly package: string
  /** What the tests can do with it. */
  readonly brings: string
}

/** The packages that dpkg-query did not report as installed; it is silent about those it never heard of. */
export function missingPackages(packages: readonly SystemPackage[], dpkgOutput: string): SystemPackage[] {
  const installed = new Set(
    dpkgOutput
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([, status]) => status === 'installed')
      .map(([name]) => name),
  )
  return packages.filter((one) => !installed.has(one.package))
}

/** Only root, and only where it was asked for: nobody's own machine is changed by running the tests. */
export function mayProvision({ uid, ci, asked }: { uid: number | undefined; ci: boolean; asked: boolean }): boolean {
  return uid === 0 && (ci || asked)
}

/** The packages that apt says it does not know or has no version of. */
export function unknownPackages(aptOutput: string): string[] {
  const messages = aptOutput.matchAll(/^E: (?:Unable to locate package (\S+)|Package '([^']+)' has no installation candidate)/gm)
  return [...messages].map(([, unlocated, withoutVersion]) => unlocated ?? withoutVersion ?? '')
}

/**
 * How the reason of a test begins that needs somebody's account with a cloud. It is skipped, named and counted in CI as well,
 * where no account can be; nothing else may be.
 */
export const NO_ACCOUNT = 'no account: '

export { FileLeases } from './file-leases.ts'
export { HostDirectory, isErrno } from './host-directory.ts'
export { encode, MAX_SOURCE_BYTES, readProgramSource, type ProgramSource } from './program-source.ts'
export { assertNoCollisions, assertRelativePath, OWN_PREFIX } from './relative-path.ts'

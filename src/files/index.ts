export type * from './file-backend.ts'
export { FILE_FAILURES, FileProblem, notFound, type FileAnswer, type FileFailure, type FileFailureCode } from './file-failure.ts'
export { FILE_LIMITS } from './file-limits.ts'
export type {
  ByteRange,
  FileStore,
  Scan,
  ScanOptions,
  StoreCall,
  StoreEntry,
  StoreFile,
  StoreRead,
  StoreSearch,
  StoreSearchResult,
  StoreWriteOptions,
  StoreWritten,
} from './file-store.ts'
export { compileGlob, type PathTest } from './glob.ts'
export { FilesystemBackend, type CommitReport, type FilesystemBackendOptions } from './host/filesystem-backend.ts'
export { HostStore } from './host/host-store.ts'
export { StateBackend, type StateBackendOptions, type StateFile } from './state/state-backend.ts'
export { compileLinePattern } from './line-matcher.ts'
export { cutLine } from './search-store.ts'
export { StoreFiles } from './store-files.ts'
export { CompositeBackend, type CompositeBackendOptions } from './composite/composite-backend.ts'
export {
  createFileRules,
  FILE_PERMISSIONS,
  withPermissions,
  type AskRequest,
  type FileAction,
  type FileOperation,
  type FilePermissions,
  type FileRule,
  type FileRules,
} from './permissions/index.ts'
export { copyFiles, downloadFiles, uploadFiles } from './transfer/index.ts'

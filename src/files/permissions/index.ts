export {
  createFileRules,
  type AskRequest,
  type FileAction,
  type FileOperation,
  type FilePermissions,
  type FileRule,
  type FileRules,
} from './file-rules.ts'
export { FILE_PERMISSIONS } from './presets.ts'
export { withPermissions } from './with-permissions.ts'

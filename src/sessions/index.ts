export {
  openSession,
  type ChildSessionOptions,
  type FileExecutor,
  type Session,
  type SessionOptions,
  type SessionReport,
} from './session.ts'
export { createSessionManager, type SessionManager, type SessionManagerOptions } from './session-manager.ts'

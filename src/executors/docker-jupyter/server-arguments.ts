import { HOLDER_DIRECTORY } from '../docker/supervisor/holder-script.ts'

/** The socket of the server. Whoever relays is of its group. */
export const SOCKET_PATH = `${HOLDER_DIRECTORY}/jupyter.sock`
/** The server's port where it has one. */
export const SERVER_PORT = 8888

/** Where a server listens. */
export type Listening = { readonly kind: 'socket' } | { readonly kind: 'port' }

/** What a server is started with. */
export interface ServerPlan {
  readonly listening: Listening
  readonly workDir: string
  readonly token: string
  readonly isRoot: boolean
  /** More arguments, which win over these. */
  readonly more: readonly string[]
}

/** The arguments of jupyter-server. They are handed over where nobody in the container can read them. */
export function serverArguments({ listening, workDir, token, isRoot, more }: ServerPlan): readonly string[] {
  const own: Readonly<Record<string, string>> = {
    ...(listening.kind === 'socket'
      ? { 'ServerApp.sock': SOCKET_PATH, 'ServerApp.sock_mode': '0660' }
      : { 'ServerApp.ip': '0.0.0.0', 'ServerApp.port': String(SERVER_PORT), 'ServerApp.port_retries': '0' }),
    'IdentityProvider.token': token,
    'ServerApp.root_dir': workDir,
    'ServerApp.open_browser': 'False',
    'ServerApp.allow_root': isRoot ? 'True' : 'False',
    // Nobody is at a browser: the token is what lets somebody in.
    'ServerApp.disable_check_xsrf': 'True',
    // Nothing else is loaded, terminals for one: it would only make the start slower.
    'ServerApp.jpserver_extensions': '{}',
    'ServerApp.log_level': 'WARN',
    'ContentsManager.allow_hidden': 'True',
    'FileContentsManager.delete_to_trash': 'False',
    // A kernel is ended by us; a server that waits for it would hold up the next one.
    'KernelManager.shutdown_wait_time': '0.2',
    // Sockets in a directory instead of ports: nothing else can have taken one.
    'KernelManager.transport': 'ipc',
    // A kernel that died is told, and replaced when one is needed.
    'KernelManager.autorestart': 'False',
    // It would drop output of a kernel that prints fast.
    'ZMQChannelsWebsocketConnection.limit_rate': 'False',
  }
  return [...Object.entries(own).map(([name, value]) => `--${name}=${value}`), ...more]
}

/** Variables of the server and its kernels: where they write what they need for themselves. */
export const SERVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  JUPYTER_RUNTIME_DIR: `${HOLDER_DIRECTORY}/jupyter`,
  JUPYTER_CONFIG_DIR: '/tmp/.jupyter',
  JUPYTER_DATA_DIR: '/tmp/.local/share/jupyter',
  IPYTHONDIR: '/tmp/.ipython',
  // A start of the debugger, which nobody uses, complains without it.
  PYDEVD_DISABLE_FILE_VALIDATION: '1',
}

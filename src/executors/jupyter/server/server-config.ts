/** What the configuration of a server of our own depends on. */
export interface ServerPlace {
  readonly socketPath: string
  readonly workDir: string
  readonly token: string
}

/**
 * How a server of our own is configured: reachable by its owner through a socket alone, no pages, no terminals, and nothing held
 * back of what kernels print.
 * @see https://jupyter-server.readthedocs.io/en/latest/other/full-config.html
 */
export function serverConfig({ socketPath, workDir, token }: ServerPlace): object {
  return {
    ServerApp: {
      sock: socketPath,
      sock_mode: '0600',
      root_dir: workDir,
      open_browser: false,
      allow_root: true,
      terminals_enabled: false,
      log_level: 'WARN',
      // Version 1 has these here.
      token,
      iopub_data_rate_limit: 0,
      iopub_msg_rate_limit: 0,
    },
    IdentityProvider: { token },
    ZMQChannelsWebsocketConnection: { limit_rate: false },
    // A kernel is asked to end by us, or killed; a server that waits for it would hold up the next.
    KernelManager: { shutdown_wait_time: 0.2 },
    // How often a server looks whether its kernels live, in seconds. We look more often where we can.
    KernelRestarter: { time_to_dead: 1 },
    ContentsManager: { allow_hidden: true },
    FileContentsManager: { delete_to_trash: false },
  }
}

import type { FilePermissions } from './file-rules.ts'

/** Files that usually hold secrets. */
const SECRETS = [
  ...[
    '.env',
    '.env.*',
    '*.pem',
    '*.key',
    '*.p12',
    '*.pfx',
    'id_rsa*',
    'id_ed25519*',
    'id_ecdsa*',
    '.netrc',
    '.npmrc',
    '.pypirc',
    '.git-credentials',
  ],
  ...['**/.ssh/**', '**/.aws/**', '**/.gnupg/**', '**/.kube/**', '**/.docker/config.json', '**/credentials.json', '**/secrets.*'],
]

/** Ready-made permissions; add an `ask` with `{ ...FILE_PERMISSIONS.strict, ask }`. */
export const FILE_PERMISSIONS = {
  /** Nothing can be changed and no command be run; everything can be read. */
  readOnly: { rules: [{ action: 'deny', operations: ['write', 'edit', 'remove', 'execute'] }], otherwise: 'allow' },
  /** Secrets are not there; changes and commands are asked about. */
  strict: {
    rules: [
      { action: 'deny', operations: ['read', 'write', 'edit', 'remove', 'list', 'glob', 'grep'], paths: SECRETS },
      { action: 'ask', operations: ['write', 'edit', 'remove', 'execute'] },
    ],
    otherwise: 'allow',
  },
  /** Everything is allowed. */
  permissive: { rules: [], otherwise: 'allow' },
} as const satisfies Readonly<Record<string, FilePermissions>>

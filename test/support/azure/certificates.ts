import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An authority that nobody else trusts, and what it vouches for: this machine, for two days. */
export interface Certificates {
  /** The authority, for `tlsOptions.ca`. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']

/** Makes both with the machine's openssl. The authority's own key is thrown away at once. */
export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'azure-stand-in-'))
  const openssl = (...args: string[]): unknown =>
    execFileSync('openssl', ['req', '-x509', ...KEY, ...args], { cwd: directory, stdio: 'pipe' })
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
  try {
    openssl('-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=azure stand-in authority', '-addext', 'keyUsage=critical,keyCertSign')
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', names, '-addext', 'basicConstraints=critical,CA:FALSE']
    openssl('-keyout', 'server.key', '-out', 'server.pem', '-subj', '/CN=localhost', ...sign)
    return { ca: read('ca.pem'), cert: read('server.pem'), key: read('server.key') }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

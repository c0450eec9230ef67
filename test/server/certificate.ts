/** Certificates for tests, made by openssl when they are first asked for. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A private key and the certificate that it has signed itself, in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** False where TLS cannot be tested; continuous integration must have it. */
export const hasOpenSSL: boolean = spawnSync('openssl', ['version']).status === 0 || process.env['CI'] !== undefined

const made = new Map<string, Certificate>()

/** A certificate for `localhost` and 127.0.0.1 whose subject is `name`; the same one each time. */
export function certificate(name: string): Certificate {
  const known = made.get(name)
  if (known !== undefined) return known
  const directory = mkdtempSync(join(tmpdir(), 'typhoon-tls-'))
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
    made.set(name, pair)
    return pair
  } finally {
    rmSync(directory, { recursive: true })
  }
}

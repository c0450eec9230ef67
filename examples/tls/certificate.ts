/** A certificate for this machine, made by openssl: Node can read certificates, but not make them. */
import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A private key and its certificate, in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
  /** Where the certificate is, for programs that are told to trust it. */
  readonly file: string
}

/** The program that makes certificates is not on this machine. */
export class NoOpenSSLError extends Error {
  static {
    this.prototype.name = 'NoOpenSSLError'
  }
}

/** It signs nothing but itself, so that nobody who gets the key can vouch for other sites with it. */
const CONFIGURATION = `
[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
`
const DAYS = 30

/**
 * The certificate in `directory`; a new one if there is none, or it cannot be used any more.
 *
 * @throws {@link NoOpenSSLError}
 */
export function certificateIn(directory: string): Certificate {
  const [keyFile, file] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  return readCertificate(keyFile, file) ?? makeCertificate(directory, keyFile, file)
}

function readCertificate(keyFile: string, file: string): Certificate | undefined {
  try {
    const [key, cert] = [readFileSync(keyFile, 'utf8'), readFileSync(file, 'utf8')]
    return isUsable(key, cert) ? { key, cert, file } : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether they belong together and have not expired. What a program leaves that was ended half-way does not. */
function isUsable(key: string, cert: string): boolean {
  try {
    const certificate = new X509Certificate(cert)
    return Date.parse(certificate.validTo) > Date.now() && certificate.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false // one of them is no PEM
  }
}

function makeCertificate(directory: string, keyFile: string, file: string): Certificate {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const configuration = join(directory, 'openssl.cnf')
  writeFileSync(configuration, CONFIGURATION)
  const key = openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout')
  writeFileSync(keyFile, key, { mode: 0o600 })
  const cert = openssl('req', '-x509', '-new', '-config', configuration, '-key', keyFile, '-days', `${DAYS}`)
  writeFileSync(file, cert)
  return { key, cert, file }
}

function openssl(...args: readonly string[]): string {
  try {
    return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new NoOpenSSLError('openssl, which makes the certificate, is not on this machine; please install it', {
      cause: error,
    })
  }
}

/** A certificate for `localhost` and `127.0.0.1`, made by the `openssl` command when a test needs one. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

const COMMAND =
  'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem'

/** @returns undefined where there is no openssl, but for continuous integration: there it must be */
export function makeCertificate(): Certificate | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'tcp-test-'))
  try {
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    execFileSync('openssl', [...COMMAND.split(' '), ...names], { cwd: directory, stdio: 'pipe' })
    const read = (name: string) => readFileSync(join(directory, name), 'utf8')
    return { key: read('key.pem'), cert: read('cert.pem') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || process.env['CI'] !== undefined) throw error
    return undefined
  } finally {
    rmSync(directory, { recursive: true })
  }
}

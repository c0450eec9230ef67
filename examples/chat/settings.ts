/** What whoever starts the chat has chosen: by the environment, and how many processes by `--workers`. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'

export interface Settings {
  readonly host: string | undefined
  readonly port: number
  /** How many processes serve; 0 for one per core. */
  readonly workers: number
  /** One server, or some nodes of a Redis Cluster; none for topics on this machine alone. */
  readonly redisUrls: readonly string[]
  readonly cookieSecret: string
  /** Whether the secret was made here, and is gone with this process. */
  readonly isSecretOwn: boolean
}

/** Something that was chosen cannot be; the message is for whoever starts the chat. */
export class SettingError extends Error {
  static {
    this.prototype.name = 'SettingError'
  }
}

/**
 * Reads the settings of this process. Where workers follow, they inherit what it puts into the environment.
 *
 * @throws {@link SettingError} for an unknown argument, and where several machines would sign cookies with different secrets
 */
export function readSettings(): Settings {
  const { HOST: host, PORT = '8888', REDIS_URL = '' } = process.env
  const redisUrls = REDIS_URL.split(',').filter((url) => url !== '')
  const isSecretOwn = process.env['COOKIE_SECRET'] === undefined
  if (isSecretOwn && redisUrls.length > 0) {
    throw new SettingError(
      'With REDIS_URL several machines serve it, and all need the same COOKIE_SECRET, such as: openssl rand -hex 32',
    )
  }
  process.env['COOKIE_SECRET'] ??= randomBytes(32).toString('hex') // workers that start later get it, too
  const cookieSecret = process.env['COOKIE_SECRET']
  return { host, port: Number(PORT), workers: readWorkers(), redisUrls, cookieSecret, isSecretOwn }
}

function readWorkers(): number {
  try {
    return Number(parseArgs({ options: { workers: { type: 'string', default: '1' } } }).values.workers)
  } catch (error) {
    throw new SettingError((error as Error).message) // says which argument it does not know
  }
}

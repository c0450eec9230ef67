import { crypto } from '../late-modules.ts'

/**
 * The SHA-1 of a body in hexadecimal, which Tornado's entity tags are made of. It tells versions apart and guards nothing.
 */
export function digest(body: string | Uint8Array): string {
  // one native call where Node has it (20.12, 21.7); the older way makes an object for each digest
  const { hash, createHash } = crypto()
  if (hash !== undefined) return hash('sha1', body, 'hex')
  return createHash('sha1').update(body).digest('hex')
}

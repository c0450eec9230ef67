import { randomUUID } from 'node:crypto'
import type { RequestHandler } from '@typhoon/core'
import { cleanName } from './names.ts'

/** Somebody who is signed in. The id tells apart people of the same name; it is no secret. */
export interface Person {
  readonly id: string
  readonly name: string
}

const COOKIE = 'person'

/** Somebody new. @throws {@link Refusal} for a name that cannot be used */
export function newPerson(name: string): Person {
  return { id: randomUUID(), name: cleanName(name) }
}

export function serializePerson({ id, name }: Person): string {
  return JSON.stringify({ id, name }) // the same text each time: the hub knows a member by it
}

/** The person that `serializePerson()` wrote; undefined for other text. */
export function parsePerson(text: string): Person | undefined {
  try {
    const { id, name } = JSON.parse(text) as Partial<Record<keyof Person, unknown>>
    return typeof id === 'string' && typeof name === 'string' ? { id, name } : undefined
  } catch {
    return undefined
  }
}

/** Who sent the request, by the signed cookie. */
export function signedInPerson(handler: RequestHandler): Person | undefined {
  const cookie = handler.getSignedCookie(COOKIE)
  return cookie === undefined ? undefined : parsePerson(cookie.toString())
}

export function signIn(handler: RequestHandler, person: Person): void {
  handler.setSignedCookie(COOKIE, serializePerson(person))
}

export function signOut(handler: RequestHandler): void {
  handler.clearCookie(COOKIE)
}

/** The pages. Each works without JavaScript: what changes something is a form, answered with a redirect or with the form again. */
import { HTTPError, isLocalTarget, RequestHandler, type TemplateNamespace } from '@typhoon/core'
import { type Chat, MAX_MESSAGE_LENGTH } from './chat-room.ts'
import { cleanName, MAX_NAME_LENGTH } from './names.ts'
import { newPerson, type Person, signedInPerson, signIn, signOut } from './person.ts'
import { Refusal } from './refusal.ts'

// Nothing inline and nothing from elsewhere; script may not turn text into HTML.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

class PageHandler extends RequestHandler {
  override setDefaultHeaders(): void {
    this.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    this.setHeader('X-Content-Type-Options', 'nosniff')
    this.setHeader('Referrer-Policy', 'same-origin')
    this.setHeader('Cache-Control', 'no-store') // pages name the person who is signed in
  }

  override getCurrentUser(): Person | undefined {
    return signedInPerson(this)
  }

  /** Who is signed in, where `authenticated` has made sure that somebody is. */
  get person(): Person {
    if (this.currentUser === undefined) throw new HTTPError(403, 'not signed in')
    return this.currentUser
  }

  override getTemplateNamespace(): TemplateNamespace {
    return { ...super.getTemplateNamespace(), person: this.currentUser, MAX_NAME_LENGTH, MAX_MESSAGE_LENGTH }
  }

  override writeError(status: number): Promise<void> {
    return this.render('error', { status })
  }
}

class ChatPageHandler extends PageHandler {
  chat!: Chat

  override initialize({ chat }: { chat: Chat }): void {
    this.chat = chat
  }
}

export class LobbyHandler extends ChatPageHandler {
  static readonly authenticated = true

  override get(): Promise<void> {
    return this.#show()
  }

  /** Opens a room by name. */
  override async post(): Promise<void> {
    const name = this.getBodyArgument('room', '')
    try {
      this.redirect(this.reverseUrl('room', { room: cleanName(name) }), { status: 303 })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await this.#show(error, name)
    }
  }

  async #show(problem?: Refusal, name = ''): Promise<void> {
    this.setStatus(problem?.status ?? 200)
    await this.render('lobby', { rooms: await this.chat.rooms(), problem: problem?.message, name })
  }
}

export class SignInHandler extends ChatPageHandler {
  override get(): Promise<void> {
    return this.#show()
  }

  override async post(): Promise<void> {
    const name = this.getBodyArgument('name', '')
    try {
      const person = newPerson(name)
      if (await this.chat.isTaken(person.name)) throw new Refusal(409, 'Somebody who is here now has that name.')
      signIn(this, person)
      this.redirect(this.#next(), { status: 303 })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await this.#show(error, name)
    }
  }

  async #show(problem?: Refusal, name = ''): Promise<void> {
    this.setStatus(problem?.status ?? 200)
    await this.render('sign-in', { next: this.#next(), problem: problem?.message, name })
  }

  /** Where to go afterwards; the argument comes from a link that anybody may have made. */
  #next(): string {
    const next = this.getArgument('next', '/')
    return isLocalTarget(next) ? next : '/'
  }
}

export class SignOutHandler extends ChatPageHandler {
  override async post(): Promise<void> {
    if (this.currentUser !== undefined) await this.chat.endSockets(this.currentUser)
    signOut(this)
    this.redirect('/', { status: 303 })
  }
}

export class RoomHandler extends ChatPageHandler {
  static readonly authenticated = true

  override get({ room }: { room: string }): Promise<void> {
    return this.#show(checkRoom(room))
  }

  /** Posts a message, for a page without JavaScript; with it, the page has a socket. */
  override async post({ room }: { room: string }): Promise<void> {
    const text = this.getBodyArgument('text', '')
    try {
      await this.chat.post(checkRoom(room), this.person, text)
      this.redirect(this.reverseUrl('room', { room }), { status: 303 })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await this.#show(room, error, text)
    }
  }

  async #show(room: string, problem?: Refusal, text = ''): Promise<void> {
    this.setStatus(problem?.status ?? 200)
    const { messages, lastId } = await this.chat.recent(room)
    const people = await this.chat.people(room)
    await this.render('room', { room, messages, lastId, people, problem: problem?.message, text })
  }
}

/** The name of a room as it came in a URL. @throws {@link HTTPError} 404 for one that no room can have */
export function checkRoom(room: string): string {
  try {
    if (cleanName(room) === room) return room
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  throw new HTTPError(404, `no room can have the name ${JSON.stringify(room)}`)
}

export class NotFoundHandler extends PageHandler {
  static readonly acceptsAnyMethod = true

  override prepare(): never {
    throw new HTTPError(404)
  }
}

import type { Membership, PresenceEvent, Subscription } from '@typhoon/pubsub'
import { WebSocketHandler } from '@typhoon/websocket'
import { type Chat, presenceIn, RECENT_MESSAGES, roomTopic, signOutTopic } from './chat-room.ts'
import { checkRoom } from './handlers.ts'
import { type Person, parsePerson, signedInPerson } from './person.ts'
import { Refusal } from './refusal.ts'

const SIGNED_OUT = 4401 // close code; the status of a refused upgrade is something that a page cannot see
const MAX_KEY_LENGTH = 40

/**
 * A room, live: messages with their history, and who comes and goes. `public/chat.js` is the other end.
 *
 * The hub's messages go out in its envelope, `{ id, time, data }`, once encoded for all; everything else has a `type`.
 */
export class RoomSocket extends WebSocketHandler<{ room: string }> {
  static override readonly maxMessageSize = 16 * 1024
  static override readonly maxMessageRate = 20 // the chat's own limit is lower, and answers; this one ends a flood
  #chat!: Chat
  #memberships: Membership[] = []
  #signOut: Subscription | undefined

  override initialize({ chat }: { chat: Chat }): void {
    this.#chat = chat
    this.hub = chat.hub
  }

  override getCurrentUser(): Person | undefined {
    return signedInPerson(this)
  }

  override prepare(): void {
    checkRoom(this.pathArgs.room)
  }

  override async open({ room }: { room: string }): Promise<void> {
    const person = this.currentUser
    if (person === undefined) return this.close(SIGNED_OUT, 'signed out')
    this.#signOut = await this.hub.subscribe(signOutTopic(person), () => this.close(SIGNED_OUT, 'signed out'))
    const since = this.getQueryArgument('since', undefined)
    const onPresence = (event: PresenceEvent) => this.#tell(event)
    await this.subscribe(roomTopic(room), { envelope: true, since, last: RECENT_MESSAGES, onPresence })
    for (const { topic, member } of presenceIn(room, person)) this.#memberships.push(await this.hub.join(topic, member))
    await this.writeMessage({ type: 'people', people: await this.#chat.people(room) })
    await this.writeMessage({ type: 'ready' })
  }

  override async onMessage(message: string | Buffer): Promise<void> {
    const post = parsePost(message)
    if (post === undefined || this.currentUser === undefined) return this.close(1008, 'not a message of the chat')
    try {
      await this.#chat.post(this.pathArgs.room, this.currentUser, post.text, post.key)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      await this.writeMessage({ type: 'refused', key: post.key, reason: error.message })
    }
  }

  override async onClose(): Promise<void> {
    await this.#signOut?.unsubscribe()
    for (const membership of this.#memberships) await membership.leave()
  }

  #tell({ type, member }: PresenceEvent): void {
    const person = parsePerson(member)
    if (person !== undefined) void this.writeMessage({ type, person })
  }
}

/** What a page sends: the text, and a key that comes back with it. */
function parsePost(message: string | Buffer): { key: string; text: string } | undefined {
  try {
    const { key, text } = JSON.parse(message.toString()) as { key?: unknown; text?: unknown }
    return typeof key === 'string' && key.length <= MAX_KEY_LENGTH && typeof text === 'string'
      ? { key, text }
      : undefined
  } catch {
    return undefined
  }
}

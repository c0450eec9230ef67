/**
 * What happens in rooms. All of it is kept by the hub: messages with their history, and who is where.
 *
 * A room is nothing but a name. It is listed while somebody is in it, and its messages stay as long as the hub keeps them.
 */
import type { Hub, HubMessage } from '@typhoon/pubsub'
import { isSameName } from './names.ts'
import { type Person, parsePerson, serializePerson } from './person.ts'
import { RateLimit } from './rate-limit.ts'
import { Refusal } from './refusal.ts'

/** Longest message, in UTF-16 units, as the `maxlength` of a field counts them. */
export const MAX_MESSAGE_LENGTH = 2000
/** How many messages somebody sees who enters a room. */
export const RECENT_MESSAGES = 50

const PERMANENT_ROOMS = ['Lounge', 'Kitchen', 'Workshop']
const MAX_LISTED_ROOMS = 200
const PEOPLE = 'people' // topic that everybody who is connected is a member of
const ROOMS = 'rooms' // topic that every room with somebody in it is a member of

export interface ChatMessage {
  /** Given by the hub; a reader who was away asks for what came after the last one seen. */
  readonly id: string
  /** In milliseconds since 1970. */
  readonly time: number
  readonly author: Person
  readonly text: string
  /** Chosen by the author's page, which knows by it that its message has arrived. */
  readonly key?: string
}

export interface RoomSummary {
  readonly name: string
  readonly people: number
}

export class Chat {
  readonly hub: Hub
  readonly #rate = new RateLimit({ burst: 8, interval: 1000 })

  constructor(hub: Hub) {
    this.hub = hub
  }

  /** Publishes a message to a room. @throws {@link Refusal} for one that is empty or too long, or one too many */
  async post(room: string, author: Person, given: string, key?: string): Promise<void> {
    const text = given.replace(/\r\n?/g, '\n').trim()
    if (text === '') throw new Refusal(422, 'Please write something first.')
    if (text.length > MAX_MESSAGE_LENGTH) {
      throw new Refusal(422, `A message has at most ${MAX_MESSAGE_LENGTH} characters; this one has ${text.length}.`)
    }
    if (!this.#rate.allows(author.id)) throw new Refusal(429, 'Too many messages at once. Please wait a few seconds.')
    await this.hub.publish(roomTopic(room), JSON.stringify({ author, text, key }))
  }

  /** Ends the sockets that somebody has in this and other windows. */
  async endSockets(person: Person): Promise<void> {
    await this.hub.publish(signOutTopic(person), '')
  }

  /** The newest messages of a room, and the id from which a socket goes on. */
  async recent(room: string): Promise<{ messages: ChatMessage[]; lastId: string | undefined }> {
    const messages: ChatMessage[] = []
    const collect = (message: HubMessage) => messages.push(chatMessage(message))
    const subscription = await this.hub.subscribe(roomTopic(room), collect, { last: RECENT_MESSAGES })
    await subscription.unsubscribe()
    return { messages, lastId: subscription.lastId }
  }

  /** Who is in a room, by name. */
  async people(room: string): Promise<Person[]> {
    const members = await this.hub.members(roomTopic(room))
    return members.flatMap((member) => parsePerson(member) ?? []).sort((a, b) => a.name.localeCompare(b.name))
  }

  /** The rooms that are always there and those with somebody in them, by name. */
  async rooms(): Promise<RoomSummary[]> {
    const names = new Set([...PERMANENT_ROOMS, ...(await this.hub.members(ROOMS))])
    const listed = [...names].slice(0, MAX_LISTED_ROOMS).sort((a, b) => a.localeCompare(b))
    return Promise.all(listed.map(async (name) => ({ name, people: (await this.hub.members(roomTopic(name))).length })))
  }

  /** Whether somebody who is connected has this name or one that looks like it. */
  async isTaken(name: string): Promise<boolean> {
    const members = await this.hub.members(PEOPLE)
    return members.some((member) => isSameName(parsePerson(member)?.name ?? '', name))
  }
}

/** The topic of a room's messages and of the people in it. */
export function roomTopic(room: string): string {
  return `room:${room}`
}

/** The topic on which the sockets of somebody hear that they have to end. */
export function signOutTopic({ id }: Person): string {
  return `sign-out:${id}`
}

/** What has to be joined to be present in a room. */
export function presenceIn(room: string, person: Person): { topic: string; member: string }[] {
  const member = serializePerson(person)
  return [
    { topic: roomTopic(room), member },
    { topic: PEOPLE, member },
    { topic: ROOMS, member: room },
  ]
}

function chatMessage({ id, time, data }: HubMessage): ChatMessage {
  return { ...(JSON.parse(data.toString()) as Pick<ChatMessage, 'author' | 'text' | 'key'>), id, time } // as post() wrote it
}

/** The form of a message in Redis: `<id>\n<id before it>\n<time>\n<JSON>\n<payload>`. */
import { HubMessage } from './hub-message.ts'

export interface StoredMessage {
  readonly message: HubMessage
  /** The id of the message before it in the topic. */
  readonly before: string
}

interface Description {
  readonly sender?: string | undefined
  /** Bytes stand as they are, text as UTF-8, or as JSON where UTF-8 cannot express it. */
  readonly form: 'bytes' | 'text' | 'json'
}

const LINE_FEED = 10
const LONE_SURROGATE = /\p{Cs}/u

/** The description and the payload, which the script puts behind what it knows. */
export function describe(data: string | Buffer, sender: string | undefined): readonly [string, string | Buffer] {
  const form = typeof data !== 'string' ? 'bytes' : LONE_SURROGATE.test(data) ? 'json' : 'text'
  const description: Description = { form, sender }
  return [JSON.stringify(description), form === 'json' ? JSON.stringify(data) : data]
}

export function parseStored(topic: string, stored: Buffer): StoredMessage {
  const lines: string[] = []
  let position = 0
  while (lines.length < 4) {
    const end = stored.indexOf(LINE_FEED, position)
    lines.push(stored.toString('utf8', position, end))
    position = end + 1
  }
  const [id = '', before = '', time = '', description = ''] = lines
  const { form, sender } = JSON.parse(description) as Description // written by describe()
  const bytes = stored.subarray(position)
  const data =
    form === 'bytes'
      ? Buffer.from(bytes)
      : form === 'text'
        ? bytes.toString()
        : (JSON.parse(bytes.toString()) as string)
  return { before, message: new HubMessage({ topic, id, time: Number(time), sender, data }) }
}

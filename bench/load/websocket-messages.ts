/** What is in the messages of the load, and whether a server sends it back as it should. */
import { constants, inflateRawSync } from 'node:zlib'
import { headSize, payloadSize, textFrame } from './websocket-frames.ts'
import { LoadSocket, type SocketTarget } from './websocket-socket.ts'

const WORDS = ['order', 'paid', 'shipped', 'customer', 'returned', 'amount', 'warehouse', 'pending', 'invoice', 'note']

/** Words and numbers as in a feed of events, cut to a size: another text for each variant, the same one in each run. */
export function sampleText(size: number, variant: number): string {
  let state = variant + 1
  const next = (below: number) => {
    state = (state * 48271) % 2147483647 // Lehmer's generator
    return state % below
  }
  let text = ''
  while (text.length < size) text += `${WORDS[next(10)]} ${next(1e6)} ${WORDS[next(10)]}; `
  return text.slice(0, size)
}

/** The payload of a message by which a handler gets `text`, in both directions. */
export function messageText(text: string, { dialect, path }: Pick<SocketTarget, 'dialect' | 'path'>): string {
  return dialect === 'plain' ? text : `42${path},${JSON.stringify(['message', text])}`
}

/** Sends one message. @throws {@link Error} unless it comes back, and compressed if and only if that was agreed upon */
export async function checkMessage(target: SocketTarget, size: number): Promise<void> {
  const chunks: Buffer[] = []
  const socket = await LoadSocket.open(target, chunks)
  const sent = messageText(sampleText(size, 0), target)
  const arrived = new Promise<void>((resolve) => {
    socket.onMessages = () => resolve()
  })
  socket.send(textFrame(sent))
  await arrived
  socket.destroy()
  const frames = splitFrames(Buffer.concat(chunks))
  const { compressed } = frames.at(-1) ?? {}
  const text = compressed === true ? inflate(frames) : String(frames.at(-1)?.payload)
  if (!text.endsWith(sent)) throw new Error(`the message came back as ${text}`)
  if (compressed !== target.compress) throw new Error(`the message came back ${compressed ? '' : 'un'}compressed`)
}

const COMPRESSED = 0x40 // the first reserved bit, RFC 7692 §6
const TAIL = Buffer.from([0, 0, 0xff, 0xff]) // RFC 7692 §7.2.2

/** All compressed messages together, since one may refer to those before it. */
function inflate(frames: readonly Frame[]): string {
  const payloads = frames.filter(({ compressed }) => compressed).flatMap(({ payload }) => [payload, TAIL])
  return inflateRawSync(Buffer.concat(payloads), { finishFlush: constants.Z_SYNC_FLUSH }).toString()
}

interface Frame {
  readonly compressed: boolean
  readonly payload: Buffer
}

function splitFrames(bytes: Buffer): readonly Frame[] {
  const frames: Frame[] = []
  for (let position = 0; position < bytes.length; ) {
    const start = position + (headSize(bytes, position) ?? 2)
    const end = start + payloadSize(bytes, position)
    frames.push({ compressed: ((bytes[position] ?? 0) & COMPRESSED) !== 0, payload: bytes.subarray(start, end) })
    position = end
  }
  return frames
}

/**
 * The requests of one end of a ClusterHub: numbered, held until the broker has been found, settled by its answers.
 *
 * What is neither sent nor answered counts against `maxQueueSize`, so a broker that does not keep up is felt by those who publish.
 */
import { type Answers, type BrokerFrame, type EndFrame, frameSize, type Request } from './cluster-frame.ts'
import type { Link } from './cluster-link.ts'
import { HubClosedError, HubLimitError } from './errors.ts'
import { Outbox } from './outbox.ts'

export interface ClientOptions {
  readonly maxQueueSize: number
  readonly connectTimeout: number
}

/** What the broker sends unasked. */
export type News = Extract<BrokerFrame, { kind: 'message' | 'presence' | 'gap' }>

export interface ClientEvents {
  onNews(news: News): void
  /** No request is taken any more. */
  onLost(): void
}

interface Pending {
  readonly action: Request['do']
  readonly size: number
  readonly answer: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class ClusterClient {
  readonly #link: Link
  readonly #options: ClientOptions
  readonly #events: ClientEvents
  readonly #outbox: Outbox<EndFrame>
  readonly #pending = new Map<number, Pending>()
  readonly #connecting: NodeJS.Timeout
  #held: EndFrame[] | undefined = [] // until the broker has said welcome
  #requests = 0
  #pendingSize = 0
  #lost: string | undefined

  constructor(link: Link, options: ClientOptions, events: ClientEvents) {
    this.#link = link
    this.#options = options
    this.#events = events
    this.#outbox = new Outbox<EndFrame>((frames, sent) => link.write(frames, sent), frameSize)
    this.#connecting = setTimeout(() => {
      this.#lose(`the first process has had no such hub for ${options.connectTimeout} ms`)
    }, options.connectTimeout).unref()
    link.open({
      onFrames: (frames) => {
        for (const frame of frames) this.#receive(frame)
      },
      onLost: () => this.#lose('the process that keeps the topics is gone'),
    })
    this.#outbox.push({ do: 'hello' })
  }

  /**
   * Asks the broker; `use` makes the result of its answer, before anything that the broker sends later is looked at.
   *
   * @throws {@link HubLimitError} if the broker refuses, or `maxQueueSize` bytes wait already
   * @throws {@link HubClosedError} if the broker is gone, or goes before it has answered
   */
  request<Action extends Request['do'], Result = void>(
    request: Request & { do: Action },
    use?: (answer: Answers[Action]) => Result,
  ): Promise<Result> {
    const action = request.do
    if (this.#lost !== undefined) return Promise.reject(new HubClosedError(action, this.#lost))
    const frame: EndFrame = { ...(request as Request), number: ++this.#requests } // a union again
    const size = frameSize(frame)
    const { maxQueueSize } = this.#options
    if (adds(request) && this.#pendingSize + size > maxQueueSize) {
      return Promise.reject(new HubLimitError('maxQueueSize', maxQueueSize))
    }
    return new Promise((resolve, reject) => {
      const answer = (value: unknown): void => {
        try {
          resolve(use?.(value as Answers[Action]) as Result) // the broker answers in kind
        } catch (error) {
          reject(error)
        }
      }
      this.#pending.set(frame.number, { action, size, answer, reject })
      this.#pendingSize += size
      if (this.#held) this.#held.push(frame)
      else this.#outbox.push(frame)
    })
  }

  /** Settles when the broker has forgotten this end. */
  async close(): Promise<void> {
    const forgotten = this.request({ do: 'close' })
    if (this.#held) this.#sayGoodbye()
    await forgotten.catch(() => undefined) // gone without our doing
    this.#lose('the hub is closed')
  }

  #receive(frame: BrokerFrame): void {
    switch (frame.kind) {
      case 'answer':
        return this.#settle(frame.number, (pending) => pending.answer(frame.value))
      case 'refusal':
        return this.#settle(frame.number, (pending) => pending.reject(new HubLimitError(frame.limit, frame.max)))
      case 'present':
        return this.#held && this.#outbox.push({ do: 'hello' })
      case 'welcome':
        return this.#welcomed()
      case 'closed':
        return this.#lose('the hub of the first process is closed')
      case 'message':
      case 'presence':
      case 'gap':
        return this.#events.onNews(frame)
    }
  }

  #welcomed(): void {
    clearTimeout(this.#connecting)
    for (const frame of this.#held ?? []) this.#outbox.push(frame)
    this.#held = undefined
  }

  /** What was never sent is given up; the broker may have seen the hello. */
  #sayGoodbye(): void {
    this.#outbox.push({ do: 'close', number: this.#requests })
    this.#outbox.flush()
    this.#lose('the hub is closed')
  }

  #settle(number: number, how: (pending: Pending) => void): void {
    const pending = this.#pending.get(number)
    if (!pending) return
    this.#pending.delete(number)
    this.#pendingSize -= pending.size
    how(pending)
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return
    this.#lost = reason
    this.#held = undefined
    clearTimeout(this.#connecting)
    this.#link.close()
    for (const { action, reject } of this.#pending.values()) reject(new HubClosedError(action, reason))
    this.#pending.clear()
    this.#events.onLost()
  }
}

/** Whether a request makes something grow; what gives room is always taken. */
function adds({ do: action }: Request): boolean {
  return action !== 'unsubscribe' && action !== 'leave' && action !== 'close'
}

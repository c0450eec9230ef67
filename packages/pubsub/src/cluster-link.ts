/**
 * How an end of a ClusterHub and its broker reach each other: within the first process directly, from a worker over the channel to
 * the process that forked it.
 */
import type { Worker } from 'node:cluster'
import { type BrokerLimits, ClusterBroker } from './cluster-broker.ts'
import { type BrokerFrame, type EndFrame, type Envelope, envelopeOf, pack, unpack } from './cluster-frame.ts'
import type { ClusterPeer } from './cluster-peer.ts'
import { cluster } from './late-modules.ts'

/** What an end is told by its link. */
interface LinkEvents {
  readonly onFrames: (frames: readonly BrokerFrame[]) => void
  /** The broker cannot be reached any more. */
  readonly onLost: () => void
}

/** The way from an end to its broker. */
export interface Link {
  open(events: LinkEvents): void
  /** `sent` is called when the frames have left. */
  write(frames: readonly EndFrame[], sent: () => void): void
  close(): void
}

/** The way to the broker of that name, wherever it is; the first end in the first process makes it. */
export function linkTo(name: string, limits: BrokerLimits): Link {
  return cluster().isWorker ? new ChannelLink(name) : new LocalLink(name, limits)
}

let endsOfThisProcess = 0

/** From a worker to the process that forked it. */
class ChannelLink implements Link {
  readonly #name: string
  readonly #end = ++endsOfThisProcess
  #events: LinkEvents | undefined

  constructor(name: string) {
    this.#name = name
  }

  open(events: LinkEvents): void {
    this.#events = events
    process.on('message', this.#receive)
    process.once('disconnect', this.#lost)
    if (!process.connected) setImmediate(this.#lost)
  }

  write(frames: readonly EndFrame[], sent: () => void): void {
    const envelope = { 'typhoon:hub': this.#name, end: this.#end, frames: frames.map(pack) }
    process.send?.(envelope, undefined, undefined, sent) // with an error the channel is closed, which is told apart
  }

  close(): void {
    process.off('message', this.#receive)
    process.off('disconnect', this.#lost)
  }

  readonly #receive = (message: unknown): void => {
    const envelope = envelopeOf<BrokerFrame>(message)
    if (envelope?.['typhoon:hub'] !== this.#name) return
    if (envelope.end === undefined || envelope.end === this.#end) this.#events?.onFrames(envelope.frames.map(unpack))
  }

  readonly #lost = (): void => {
    this.close()
    this.#events?.onLost()
  }
}

/** Within the process that has the broker. */
class LocalLink implements Link {
  readonly #service: BrokerService
  #peer: ClusterPeer | undefined

  constructor(name: string, limits: BrokerLimits) {
    this.#service = services.get(name) ?? new BrokerService(name, limits)
  }

  open({ onFrames }: LinkEvents): void {
    this.#peer = this.#service.connectLocal((frames, sent) => {
      onFrames(frames)
      sent()
    })
  }

  write(frames: readonly EndFrame[], sent: () => void): void {
    this.#peer?.receive(frames)
    sent()
  }

  close(): void {
    if (this.#peer) this.#service.disconnectLocal(this.#peer)
    this.#peer = undefined
  }
}

const services = new Map<string, BrokerService>()

/** The broker of one name with all that reaches it; it ends with the last hub of that name in this process. */
class BrokerService {
  readonly #name: string
  readonly #broker: ClusterBroker
  readonly #workers = new Map<Worker, Map<number | undefined, ClusterPeer>>()
  #locals = 0

  constructor(name: string, limits: BrokerLimits) {
    this.#name = name
    this.#broker = new ClusterBroker(limits)
    services.set(name, this)
    cluster().on('message', this.#receive)
    cluster().on('disconnect', this.#gone)
    for (const worker of Object.values(cluster().workers ?? {})) {
      if (worker) this.#write(worker, undefined, [{ kind: 'present' }]) // its hub may be there already
    }
  }

  connectLocal(write: (frames: readonly BrokerFrame[], sent: () => void) => void): ClusterPeer {
    this.#locals++
    return this.#broker.connect(write)
  }

  disconnectLocal(peer: ClusterPeer): void {
    this.#broker.disconnect(peer)
    if (--this.#locals > 0) return
    services.delete(this.#name)
    cluster().off('message', this.#receive)
    cluster().off('disconnect', this.#gone)
    this.#broker.close()
  }

  readonly #receive = (worker: Worker, message: unknown): void => {
    const envelope = envelopeOf<EndFrame>(message)
    if (envelope?.['typhoon:hub'] === this.#name) this.#peerOf(worker, envelope).receive(envelope.frames.map(unpack))
  }

  readonly #gone = (worker: Worker): void => {
    for (const peer of this.#workers.get(worker)?.values() ?? []) this.#broker.disconnect(peer)
    this.#workers.delete(worker)
  }

  #peerOf(worker: Worker, { end }: Envelope<EndFrame>): ClusterPeer {
    const peers = this.#workers.get(worker) ?? new Map<number | undefined, ClusterPeer>()
    this.#workers.set(worker, peers)
    const known = peers.get(end)
    if (known) return known
    const forget = (): boolean => peers.delete(end)
    const peer = this.#broker.connect((news, sent) => this.#write(worker, end, news, sent), forget)
    peers.set(end, peer)
    return peer
  }

  #write(worker: Worker, end: number | undefined, frames: readonly BrokerFrame[], sent = (): void => {}): void {
    const envelope = { 'typhoon:hub': this.#name, end, frames: frames.map(pack) }
    worker.process.send(envelope as object, undefined, undefined, sent) // with an error the worker is gone, which is told apart
  }
}

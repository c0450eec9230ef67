/** A plain HTTP load client, for where wrk is not installed: the main program of a load process. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Load, Sample } from '../contest.ts'
import { serveLoad } from '../load-program.ts'
import { percentile } from '../statistics.ts'
import { HTTPConnection } from './http-connection.ts'
import { type HTTPLoadOptions, requestTexts } from './http-request.ts'

await serveLoad(connectClients)

async function connectClients(options: HTTPLoadOptions): Promise<Load> {
  const requests = requestTexts(options.request, options.port)
  const clients = await Promise.all(
    Array.from({ length: options.connections }, (_, i) => openClient(options, requests, i)),
  )
  return {
    run: (seconds) => measure(clients, seconds),
    close: async () => {
      for (const client of clients) client.socket.destroy()
    },
  }
}

async function measure(clients: readonly HTTPConnection[], seconds: number): Promise<Sample> {
  const latencies: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(clients.map((client) => client.repeat(end, latencies)))
  const elapsed = (performance.now() - start) / 1000
  const values = Float64Array.from(latencies)
  return { count: values.length, seconds: elapsed, p50: percentile(values, 0.5), p99: percentile(values, 0.99) }
}

async function openClient(
  { port, status }: HTTPLoadOptions,
  requests: readonly string[],
  start: number,
): Promise<HTTPConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return new HTTPConnection(socket, requests, start, status)
}

import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { DatagramSocket } from '../../packages/tcp/src/index.ts'
import { nextPoll, until } from './pair.ts'

const LOCAL = { host: '127.0.0.1' }

describe('DatagramSocket', () => {
  test('question and answer', async () => {
    await using server = await DatagramSocket.bind(LOCAL)
    await using client = await DatagramSocket.bind(LOCAL)
    await client.send('what time is it?', server.address.port, '127.0.0.1')
    const { data, from } = await server.receive()
    expect(String(data)).toBe('what time is it?')
    expect(from).toEqual(client.address)
    await server.send(Buffer.from([0, 255]), from.port, from.address)
    expect((await client.receive()).data).toEqual(Buffer.from([0, 255]))
  })

  test('an empty datagram: arrives', async () => {
    await using socket = await DatagramSocket.bind(LOCAL)
    await socket.send('', socket.address.port, '127.0.0.1')
    expect((await socket.receive()).data).toHaveLength(0)
  })

  test('iteration: every datagram in its turn, until the socket is closed', async () => {
    const socket = await DatagramSocket.bind(LOCAL)
    const seen: string[] = []
    const iterating = (async () => {
      for await (const { data } of socket) {
        seen.push(String(data))
        if (seen.length === 50) void socket.close()
      }
    })()
    for (let i = 0; i < 50; i += 1) await socket.send(String(i), socket.address.port, '127.0.0.1')
    await iterating
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => String(i)))
  })

  test('more than maxQueueSize: the newest are dropped and counted', async () => {
    await using socket = await DatagramSocket.bind({ ...LOCAL, maxQueueSize: 2 * (128 + 100) })
    const { port } = socket.address
    for (let i = 0; i < 5; i += 1) await socket.send(Buffer.alloc(100, String(i)), port, '127.0.0.1')
    await until(() => socket.dropped === 3)
    expect((await socket.receive()).data.toString('latin1', 0, 1)).toBe('0')
    await socket.send('later', port, '127.0.0.1')
    expect((await socket.receive()).data.toString('latin1', 0, 1)).toBe('1')
    expect(String((await socket.receive()).data)).toBe('later')
    expect(socket.dropped).toBe(3)
  })

  test('a datagram larger than the queue: received when nothing else waits', async () => {
    await using socket = await DatagramSocket.bind({ ...LOCAL, maxQueueSize: 1 })
    await socket.send('text', socket.address.port, '127.0.0.1')
    expect(String((await socket.receive()).data)).toBe('text')
  })

  test('connected: no address to give, and only that peer is heard', async () => {
    await using server = await DatagramSocket.bind(LOCAL)
    await using stranger = await DatagramSocket.bind(LOCAL)
    await using client = await DatagramSocket.bind(LOCAL)
    await client.connect(server.address.port, '127.0.0.1')
    await stranger.send('psst', client.address.port, '127.0.0.1')
    await client.send('hello')
    const { from } = await server.receive()
    await server.send('welcome', from.port, from.address)
    expect(String((await client.receive()).data)).toBe('welcome')
    await expect(client.send('x', 1, '127.0.0.1')).rejects.toThrow('the socket is connected, leave out port and host')
    await expect(server.send('x')).rejects.toThrow('give port and host')
  })

  test('connected to a port that nobody has: receive() is told, and the socket stays usable', async () => {
    const gone = await DatagramSocket.bind(LOCAL)
    const { port } = gone.address
    await gone.close()
    await using client = await DatagramSocket.bind(LOCAL)
    await client.connect(port, '127.0.0.1')
    const receiving = client.receive()
    await client.send('anyone?')
    await expect(receiving).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await using late = await DatagramSocket.bind({ ...LOCAL, port })
    await client.send('now?')
    expect(String((await late.receive()).data)).toBe('now?')
  })

  test('a signal: ends the wait, and the next datagram is for the next receive()', async () => {
    await using socket = await DatagramSocket.bind(LOCAL)
    const controller = new AbortController()
    const receiving = socket.receive({ signal: controller.signal })
    await expect(socket.receive()).rejects.toMatchObject({ code: 'TYPHOON_STREAM_BUSY' })
    controller.abort(new Error('enough'))
    await expect(receiving).rejects.toThrow('enough')
    await expect(socket.receive({ signal: controller.signal })).rejects.toThrow('enough')
    await socket.send('kept', socket.address.port, '127.0.0.1')
    expect(String((await socket.receive()).data)).toBe('kept')
  })

  test('close(): a pending receive() is told, what waits can be received, nothing can be sent', async () => {
    const socket = await DatagramSocket.bind(LOCAL)
    const { port } = socket.address
    const receiving = socket.receive()
    const closing = socket.close()
    await expect(receiving).rejects.toMatchObject({ code: 'TYPHOON_DATAGRAM_SOCKET_CLOSED' })
    expect(socket.close()).toBe(closing)
    await closing
    await expect(socket.send('x', port, '127.0.0.1')).rejects.toThrow('send: the socket is closed')
    expect(() => socket.joinMulticast('224.0.0.251')).toThrow('the socket is closed')
    const other = await DatagramSocket.bind({ ...LOCAL, port })
    await other.send('waits', port, '127.0.0.1')
    await other.send('waits', port, '127.0.0.1')
    await other.receive()
    for (let i = 0; i < 20; i += 1) await nextPoll()
    await other.close()
    expect(String((await other.receive()).data)).toBe('waits')
    await expect(other.receive()).rejects.toThrow('receive: the socket is closed')
  })

  test('a port in use: EADDRINUSE; shared with reuseAddress', async () => {
    await using socket = await DatagramSocket.bind({ ...LOCAL, reuseAddress: true })
    const { port } = socket.address
    await expect(DatagramSocket.bind({ ...LOCAL, port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await using second = await DatagramSocket.bind({ ...LOCAL, port, reuseAddress: true })
    expect(second.address.port).toBe(port)
  })

  test('too large for a datagram: EMSGSIZE', async () => {
    await using socket = await DatagramSocket.bind(LOCAL)
    await expect(socket.send(Buffer.alloc(65_508), 9, '127.0.0.1')).rejects.toMatchObject({ code: 'EMSGSIZE' })
  })

  test('multicast: heard after joining, not after leaving', async () => {
    const group = '239.255.73.37'
    await using receiver = await DatagramSocket.bind({ reuseAddress: true })
    await using sender = await DatagramSocket.bind()
    sender.setMulticast({ ttl: 0, loopback: true, network: '127.0.0.1' })
    const { port } = receiver.address
    receiver.joinMulticast(group, '127.0.0.1')
    await sender.send('to the group', port, group)
    expect(String((await receiver.receive()).data)).toBe('to the group')
    receiver.leaveMulticast(group, '127.0.0.1')
    await sender.send('nobody', port, group)
    await sender.send('to one', port, '127.0.0.1')
    expect(String((await receiver.receive()).data)).toBe('to one')
  })

  test('broadcast: only if it is allowed', async () => {
    await using receiver = await DatagramSocket.bind()
    await using refused = await DatagramSocket.bind()
    await using allowed = await DatagramSocket.bind({ broadcast: true })
    const { port } = receiver.address
    await expect(refused.send('all', port, '127.255.255.255')).rejects.toMatchObject({ code: 'EACCES' })
    await allowed.send('all', port, '127.255.255.255')
    expect(String((await receiver.receive()).data)).toBe('all')
  })

  const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))
  test.skipIf(!hasIPv6)('IPv6 (skipped: this machine has none)', async () => {
    await using socket = await DatagramSocket.bind({ host: '::1' })
    await socket.send('six', socket.address.port, '::1')
    expect((await socket.receive()).from).toMatchObject({ address: '::1', family: 'IPv6' })
  })

  test.each([
    { options: { port: -1 }, message: /port must be/ },
    { options: { family: 5 as 4 }, message: /family must be 4 or 6, got 5/ }, // as from JavaScript
    { options: { maxQueueSize: 0 }, message: /maxQueueSize must be/ },
    { options: { prot: 1 }, message: /no option prot/ },
  ])('$options: refused', async ({ options, message }) => {
    await expect(DatagramSocket.bind(options)).rejects.toThrow(message)
  })
})

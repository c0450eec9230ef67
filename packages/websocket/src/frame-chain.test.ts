import { expect, test } from 'vitest'
import { FrameChain } from './frame-chain.ts'

const frame = (text: string, done?: (error?: Error) => void) => ({ bytes: Buffer.from(text), done })

test('sockets that are sent the same frames: share the links and the bytes; another frame makes its own link', () => {
  const [a, b, c] = [frame('a'), frame('b'), frame('c')]
  const one = FrameChain.add(FrameChain.add(undefined, a), b)
  const other = FrameChain.add(FrameChain.add(undefined, a), b)
  expect(other).toBe(one)
  expect(FrameChain.add(FrameChain.add(undefined, a), c).bytes.toString()).toBe('ac')
  expect(one.bytes.toString()).toBe('ab')
  expect([one.cost, one.controlBytes]).toEqual([2 + 2 * 64, 0])
})

test('seal(): what others were sent behind it is not held', () => {
  const [a, b] = [frame('a'), frame('b')]
  const slow = FrameChain.add(undefined, a)
  const other = FrameChain.add(slow, b)
  expect(FrameChain.add(slow, b)).toBe(other)
  slow.seal()
  expect(FrameChain.add(slow, b)).not.toBe(other)
})

test('control frames: count apart from messages', () => {
  const chain = FrameChain.add(FrameChain.add(undefined, { bytes: Buffer.from('pong'), control: true }), frame('a'))
  expect([chain.cost, chain.controlBytes]).toEqual([1 + 64, 4])
})

test('settle(): tells everybody who waits, in order', () => {
  const told: string[] = []
  let chain = FrameChain.add(
    undefined,
    frame('a', () => told.push('a')),
  )
  chain = FrameChain.add(chain, frame('b'))
  chain = FrameChain.add(
    chain,
    frame('c', (error) => told.push(`c ${error?.message}`)),
  )
  chain.settle(new Error('lost'))
  expect(told).toEqual(['a', 'c lost'])
})

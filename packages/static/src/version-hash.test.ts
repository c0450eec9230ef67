import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ContainedFile, ContainedRoot } from './contained-file.ts'
import { isSettled, VersionCache, versionOf, versionOfFile } from './version-hash.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'version-'))
})

afterEach(() => rmSync(root, { recursive: true }))

async function openFile(content: Buffer): Promise<ContainedFile> {
  const path = join(root, 'file')
  writeFileSync(path, content)
  const file = await new ContainedRoot(root, { followSymlinks: true }).open(path)
  if (file === 'directory') throw new Error('it is a file')
  return file
}

test('the same bytes have the same version, from memory and from a file of several pieces', async () => {
  const content = Buffer.from(Array.from({ length: 600_000 }, (_, index) => index % 251))
  const file = await openFile(content)
  expect(await versionOfFile(file)).toBe(versionOf(content))
  expect(versionOf(content)).toMatch(/^[\w-]{22}$/)
  expect(versionOf(content.subarray(1))).not.toBe(versionOf(content))
  file.close()
})

test('a file that has become shorter has no version', async () => {
  const file = await openFile(Buffer.alloc(600_000))
  truncateSync(join(root, 'file'), 10)
  expect(await versionOfFile(file)).toBeUndefined()
  file.close()
})

test('hashing a large file leaves turns to others', async () => {
  const file = await openFile(Buffer.alloc(8 * 1024 * 1024))
  let turns = 0
  let running = true
  const count = () => {
    turns += 1
    if (running) setImmediate(count)
  }
  setImmediate(count)
  await versionOfFile(file)
  running = false
  expect(turns).toBeGreaterThanOrEqual(32)
  file.close()
})

test('VersionCache reads a file once for all who ask', async () => {
  const file = await openFile(Buffer.alloc(600_000))
  const cache = new VersionCache()
  const [first, second] = [cache.of(file), cache.of(file)]
  expect(await first).toBe(await second)
  file.close()
})

describe('isSettled', () => {
  const NOW = Date.parse('2024-01-02T03:04:05.678Z')
  const identity = { dev: 1, ino: 1, size: 1 }
  test.each([
    { age: 0, settled: false, why: 'just written' },
    { age: 49, settled: false, why: 'within a tick of the clock' },
    { age: 50, settled: true, why: 'a further change shows' },
    { age: -10_000, settled: true, why: 'dated ahead, on purpose: a change shows too' },
  ])('$age ms old: $settled, $why', ({ age, settled }) => {
    expect(isSettled({ ...identity, mtimeMs: NOW - age, ctimeMs: NOW - age }, NOW)).toBe(settled)
  })

  test('a file system that keeps whole seconds needs longer', () => {
    const whole = Date.parse('2024-01-02T03:04:04Z')
    expect(isSettled({ ...identity, mtimeMs: whole, ctimeMs: whole }, NOW)).toBe(false)
    expect(isSettled({ ...identity, mtimeMs: whole, ctimeMs: whole }, NOW + 1000)).toBe(true)
  })
})

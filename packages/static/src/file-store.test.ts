import { mkdtempSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FileStore, type FileStoreOptions, type FoundFile } from './file-store.ts'

const OPTIONS: FileStoreOptions = {
  followSymlinks: true,
  maxCachedFileSize: 100,
  maxCacheSize: 100_000,
  checkInterval: 0,
}
const LONG_AGO = new Date('2024-01-02T03:04:05.5Z')

let root: string
let path: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'store-'))
  path = join(root, 'file.css')
})

afterEach(() => {
  vi.useRealTimers()
  rmSync(root, { recursive: true })
})

async function find(store: FileStore): Promise<FoundFile> {
  const file = await store.find(path)
  if (file === 'directory') throw new Error('it is a file')
  file.close()
  return file
}

/** Waits until the file may be kept: a file that was just written is read each time. */
async function findKept(store: FileStore): Promise<FoundFile> {
  let last = await find(store)
  await expect
    .poll(async () => {
      const before = last
      last = await find(store)
      return last === before
    })
    .toBe(true)
  return last
}

test('a small file is kept while the disk says that it is the same', async () => {
  writeFileSync(path, 'first')
  const store = new FileStore(root, OPTIONS)
  const first = await findKept(store)
  expect(first.content?.toString()).toBe('first')
  writeFileSync(path, 'other')
  expect((await find(store)).content?.toString()).toBe('other')
  unlinkSync(path)
  await expect(find(store)).rejects.toMatchObject({ status: 404 })
})

test('edits in quick succession, of the same size, are all noticed at once', async () => {
  const store = new FileStore(root, OPTIONS)
  const versions = new Set<string | undefined>()
  for (let i = 100; i < 200; i += 1) {
    writeFileSync(path, `version ${i}`)
    const file = await find(store)
    expect(file.content?.toString()).toBe(`version ${i}`)
    versions.add(file.version)
  }
  expect(versions.size).toBe(100)
})

test('within the interval the disk is not asked', async () => {
  writeFileSync(path, 'first')
  const store = new FileStore(root, { ...OPTIONS, checkInterval: 3_600_000 })
  await findKept(store)
  writeFileSync(path, 'second')
  expect(store.peek(path)?.content?.toString()).toBe('first')
  expect((await find(store)).content?.toString()).toBe('first')
})

test('in the second half of the interval the disk is asked in advance, so that nobody waits for it', async () => {
  writeFileSync(path, 'content')
  writeFileSync(`${path}.gz`, 'gz')
  vi.useFakeTimers({ toFake: ['performance'] })
  const store = new FileStore(root, { ...OPTIONS, checkInterval: 1000 })
  const file = await findKept(store)
  expect(await store.siblingsOf(file)).toEqual(['gzip'])
  for (let i = 0; i < 3; i += 1) {
    vi.advanceTimersByTime(600)
    expect(store.peek(path)).toBe(file)
    expect(store.siblingsOf(file)).toEqual(['gzip'])
    await expect.poll(() => store.checkedAt(file)).toBe(performance.now())
  }
})

test('what is kept and what is dropped is told', async () => {
  writeFileSync(path, 'content')
  let changes = 0
  const store = new FileStore(root, OPTIONS, () => (changes += 1))
  await findKept(store)
  const afterKeeping = changes
  expect(afterKeeping).toBeGreaterThan(0)
  unlinkSync(path)
  await expect(find(store)).rejects.toMatchObject({ status: 404 })
  expect(changes).toBe(afterKeeping + 1)
})

test('a large file is opened each time', async () => {
  writeFileSync(path, 'x'.repeat(101))
  const store = new FileStore(root, OPTIONS)
  const file = await store.find(path)
  expect(file).toMatchObject({ content: undefined, version: undefined, size: 101 })
  if (file !== 'directory') file.close()
  expect(store.peek(path)).toBeUndefined()
})

test('siblings count while they are not older than their file', async () => {
  writeFileSync(path, 'content')
  writeFileSync(`${path}.gz`, 'gz')
  writeFileSync(`${path}.br`, 'br')
  utimesSync(`${path}.br`, LONG_AGO, LONG_AGO)
  const store = new FileStore(root, OPTIONS)
  expect(await store.siblingsOf(await find(store))).toEqual(['gzip'])
  utimesSync(path, LONG_AGO, LONG_AGO)
  expect(await store.siblingsOf(await find(store))).toEqual(['br', 'gzip'])
})

test('what is kept stays within its limit', async () => {
  const store = new FileStore(root, { ...OPTIONS, maxCacheSize: 3000, checkInterval: 3_600_000 })
  const paths = Array.from({ length: 20 }, (_, index) => join(root, `${index}.txt`))
  for (const each of paths) writeFileSync(each, 'x'.repeat(100))
  await expect
    .poll(async () => {
      for (const each of paths) await store.find(each)
      return paths.filter((each) => store.peek(each) !== undefined).length
    })
    .toBe(4)
})

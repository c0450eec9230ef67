import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HTTPError } from '@typhoon/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ContainedRoot, realPathByName, realPathOf } from './contained-file.ts'

let base: string
let root: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'contained-'))
  root = join(base, 'root')
  mkdirSync(join(root, 'sub'), { recursive: true })
  mkdirSync(join(base, 'root-secret'))
  writeFileSync(join(root, 'file.txt'), 'content')
  writeFileSync(join(root, 'sub/deep.txt'), 'deep')
  writeFileSync(join(base, 'secret.txt'), 'secret')
  writeFileSync(join(base, 'root-secret/secret.txt'), 'secret')
})

afterEach(() => rmSync(base, { recursive: true }))

async function outcome(contained: ContainedRoot, name: string): Promise<string | number> {
  try {
    const file = await contained.open(join(root, name))
    if (file === 'directory') return file
    const buffer = Buffer.alloc(file.identity.size)
    await file.read(buffer, buffer.length, 0)
    file.close()
    return buffer.toString()
  } catch (error) {
    if (error instanceof HTTPError) return error.status
    throw error
  }
}

const WAYS = [
  { way: 'as this system does it', how: realPathOf },
  { way: 'by name, for systems that do not tell the path of a descriptor', how: realPathByName },
]

describe.each(WAYS)('real paths $way', ({ how }) => {
  const open = (name: string, followSymlinks = true) =>
    outcome(new ContainedRoot(root, { followSymlinks, realPathOf: how }), name)

  test('files and directories', async () => {
    expect(await open('file.txt')).toBe('content')
    expect(await open('sub/deep.txt')).toBe('deep')
    expect(await open('sub')).toBe('directory')
    expect(await open('')).toBe('directory')
    expect(await open('nothing')).toBe(404)
    expect(await open('file.txt/more')).toBe(404)
    expect(await open('x'.repeat(300))).toBe(404)
  })

  test('links: those inside are followed, those that leave are refused', async () => {
    symlinkSync('sub/deep.txt', join(root, 'inside'))
    symlinkSync('../secret.txt', join(root, 'outside'))
    symlinkSync('outside', join(root, 'chain'))
    symlinkSync('..', join(root, 'up'))
    symlinkSync('../root-secret', join(root, 'beside'))
    symlinkSync('nothing', join(root, 'dangling'))
    symlinkSync('loop', join(root, 'loop'))
    symlinkSync('/dev/zero', join(root, 'device'))
    expect(await open('inside')).toBe('deep')
    expect(await open('outside')).toBe(403)
    expect(await open('chain')).toBe(403)
    expect(await open('up')).toBe(403)
    expect(await open('up/secret.txt')).toBe(403)
    expect(await open('up/root/file.txt')).toBe('content')
    expect(await open('beside/secret.txt')).toBe(403)
    expect(await open('dangling')).toBe(404)
    expect(await open('loop')).toBe(404)
    expect(await open('device')).toBe(404)
  })

  test('links are not followed where that is not wanted, be they at the end or before it', async () => {
    symlinkSync('file.txt', join(root, 'link'))
    symlinkSync('sub', join(root, 'linked'))
    expect(await open('file.txt', false)).toBe('content')
    expect([403, 404]).toContain(await open('link', false))
    expect(await open('linked/deep.txt', false)).toBe(403)
  })

  test('the links of a mounted configuration, which lead through a directory with a dot, are followed', async () => {
    mkdirSync(join(root, '..2024_01'))
    writeFileSync(join(root, '..2024_01/config.json'), '{}')
    symlinkSync('..2024_01', join(root, '..data'))
    symlinkSync('..data/config.json', join(root, 'config.json'))
    expect(await open('config.json')).toBe('{}')
  })

  test('a link whose name differs from its target in case only is no alias of the file system', async () => {
    symlinkSync('file.txt', join(root, 'FILE.TXT'))
    symlinkSync('sub', join(root, 'Sub'))
    expect(await open('FILE.TXT')).toBe('content')
    expect(await open('Sub/deep.txt')).toBe('deep')
  })

  test('a root that is a link follows it when a deployment moves it on', async () => {
    const current = join(base, 'current')
    symlinkSync('root', current)
    const contained = new ContainedRoot(current, { followSymlinks: true, realPathOf: how })
    mkdirSync(join(base, 'next'))
    writeFileSync(join(base, 'next/file.txt'), 'next')
    symlinkSync('next', join(base, 'new'))
    renameSync(join(base, 'new'), current)
    const file = await contained.open(join(current, 'file.txt'))
    if (file === 'directory') throw new Error('it is a file')
    expect(file.identity.size).toBe(4)
    file.close()
  })
})

test('the name of another case, as a file system that ignores case would open it: 404', async () => {
  const contained = new ContainedRoot(root, { followSymlinks: true, realPathOf: () => join(root, 'FILE.txt') })
  expect(await outcome(contained, 'file.txt')).toBe(404)
})

test('a path that leads elsewhere by the time it is resolved: 404', async () => {
  const contained = new ContainedRoot(root, { followSymlinks: true, realPathOf: () => Promise.resolve(undefined) })
  expect(await outcome(contained, 'file.txt')).toBe(404)
})

test('a file that is replaced in the moment it is opened is served, also where links are not followed', async () => {
  const contained = new ContainedRoot(root, {
    followSymlinks: false,
    realPathOf: (fd, path) => {
      writeFileSync(join(root, 'new.txt'), 'replacement')
      renameSync(join(root, 'new.txt'), path)
      return realPathOf(fd, path)
    },
  })
  expect(await outcome(contained, 'file.txt')).toBe(process.platform === 'linux' ? 'content' : 404)
})

test('realPathByName notices that another file lies under the name now', async () => {
  const contained = new ContainedRoot(root, {
    followSymlinks: true,
    realPathOf: (fd, path) => {
      unlinkSync(path)
      writeFileSync(path, 'another')
      return realPathByName(fd, path)
    },
  })
  expect(await outcome(contained, 'file.txt')).toBe(404)
})

test('a FIFO without a writer and a socket: 404 at once', async () => {
  execFileSync('mkfifo', [join(root, 'fifo')])
  const server = createServer().listen(join(root, 'socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  const contained = new ContainedRoot(root, { followSymlinks: true })
  expect(await outcome(contained, 'fifo')).toBe(404)
  expect(await outcome(contained, 'socket')).toBe(404)
  expect(contained.readSync(join(root, 'fifo'), 100)).toBeUndefined()
  server.close()
})

test('directory: the real path of a directory, nothing else', async () => {
  const contained = new ContainedRoot(root, { followSymlinks: true })
  symlinkSync('../root-secret', join(root, 'beside'))
  expect(await contained.directory(join(root, 'sub'))).toBe(join(contained.realPath, 'sub'))
  await expect(contained.directory(join(root, 'file.txt'))).rejects.toMatchObject({ status: 404 })
  await expect(contained.directory(join(root, 'beside'))).rejects.toMatchObject({ status: 403 })
})

test('readSync: small files under the root only', () => {
  const contained = new ContainedRoot(root, { followSymlinks: true })
  symlinkSync('../secret.txt', join(root, 'outside'))
  expect(contained.readSync(join(root, 'file.txt'), 7)?.content?.toString()).toBe('content')
  expect(contained.readSync(join(root, 'file.txt'), 6)).toMatchObject({ identity: { size: 7 }, content: undefined })
  for (const name of ['outside', 'sub', 'nothing']) expect(contained.readSync(join(root, name), 100)).toBeUndefined()
})

test.runIf(process.platform === 'linux')('whatever is refused leaves no descriptor open', async () => {
  symlinkSync('../secret.txt', join(root, 'outside'))
  const contained = new ContainedRoot(root, { followSymlinks: true })
  const before = readdirSync('/proc/self/fd').length
  for (let i = 0; i < 20; i += 1)
    for (const name of ['outside', 'sub', 'nothing', 'file.txt']) await outcome(contained, name)
  await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
})

import { existsSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HTTPFile, removeFile } from './http-file.ts'

const CONTENT = Buffer.from('grüße')
const OTHER_DEVICE = '/dev/shm'
const hasOtherDevice = existsSync(OTHER_DEVICE) && statSync(OTHER_DEVICE).dev !== statSync(tmpdir()).dev

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'http-file-test-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function spooled(): Promise<HTTPFile> {
  const path = join(folder, 'spooled')
  await writeFile(path, CONTENT, { mode: 0o600 })
  return new HTTPFile('a.txt', 'text/plain', { path, size: CONTENT.length })
}

const inMemory = async (): Promise<HTTPFile> => new HTTPFile('a.txt', 'text/plain', { body: CONTENT })

describe.each([
  { kind: 'in memory', make: inMemory },
  { kind: 'on disk', make: spooled },
])('HTTPFile $kind', ({ kind, make }) => {
  test('its content: whole, as text and as a stream', async () => {
    const file = await make()
    expect(file).toMatchObject({ filename: 'a.txt', contentType: 'text/plain', size: CONTENT.length })
    expect(await file.bytes()).toEqual(CONTENT)
    expect(await file.text()).toBe('grüße')
    const chunks: Buffer[] = []
    for await (const chunk of file.stream()) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks)).toEqual(CONTENT)
  })

  test('body and path: the one it has', async () => {
    const file = await make()
    expect(file.body).toEqual(kind === 'in memory' ? CONTENT : undefined)
    expect(file.path).toBe(kind === 'in memory' ? undefined : join(folder, 'spooled'))
  })

  test('moveTo: there with mode 0600, no longer where it was, and kept when the request ends', async () => {
    const file = await make()
    const target = join(folder, 'kept')
    await file.moveTo(target)
    await removeFile(file)
    expect(await readdir(folder)).toEqual(['kept'])
    expect(await readFile(target)).toEqual(CONTENT)
    expect((await stat(target)).mode & 0o777).toBe(0o600)
    expect(file.path).toBe(target)
    expect(await file.bytes()).toEqual(CONTENT)
  })

  test('moveTo where a file is: EEXIST, both stay as they were, and another place still works', async () => {
    const file = await make()
    const taken = join(folder, 'taken')
    await writeFile(taken, 'mine')
    await expect(file.moveTo(taken)).rejects.toMatchObject({ code: 'EEXIST' })
    expect(await readFile(taken, 'utf8')).toBe('mine')
    await file.moveTo(join(folder, 'free'))
    expect(await readFile(join(folder, 'free'))).toEqual(CONTENT)
  })

  test('moveTo onto a link that leads elsewhere: EEXIST, nothing is written through it', async () => {
    const file = await make()
    await symlink(join(folder, 'elsewhere'), join(folder, 'link'))
    await expect(file.moveTo(join(folder, 'link'))).rejects.toMatchObject({ code: 'EEXIST' })
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
  })

  test('moveTo into a folder that is not there: ENOENT, the content can still be read', async () => {
    const file = await make()
    await expect(file.moveTo(join(folder, 'no', 'where'))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await file.bytes()).toEqual(CONTENT)
  })

  test('moveTo twice: refused', async () => {
    const file = await make()
    await file.moveTo(join(folder, 'one'))
    await expect(file.moveTo(join(folder, 'two'))).rejects.toThrow(/already moved/)
    expect(existsSync(join(folder, 'two'))).toBe(false)
  })

  test.skipIf(!hasOtherDevice)('moveTo another file system: copied, and gone from the first', async () => {
    const other = await mkdtemp(join(OTHER_DEVICE, 'http-file-test-'))
    try {
      const file = await make()
      await writeFile(join(other, 'taken'), 'mine')
      await expect(file.moveTo(join(other, 'taken'))).rejects.toMatchObject({ code: 'EEXIST' })
      expect(await readFile(join(other, 'taken'), 'utf8')).toBe('mine')
      await file.moveTo(join(other, 'kept'))
      expect(await readFile(join(other, 'kept'))).toEqual(CONTENT)
      expect((await stat(join(other, 'kept'))).mode & 0o777).toBe(0o600)
      expect(await readdir(folder)).toEqual([])
    } finally {
      await rm(other, { recursive: true })
    }
  })
})

describe('removeFile', () => {
  test('a file on disk: gone, and again is fine', async () => {
    const file = await spooled()
    await removeFile(file)
    await removeFile(file)
    expect(await readdir(folder)).toEqual([])
  })

  test('one that somebody deleted already: fine', async () => {
    const file = await spooled()
    await rm(join(folder, 'spooled'))
    await expect(removeFile(file)).resolves.toBeUndefined()
  })

  test('reading afterwards: says why it is gone', async () => {
    const file = await spooled()
    await removeFile(file)
    await expect(file.bytes()).rejects.toThrow(/deleted when its request ended/)
    await expect(file.moveTo(join(folder, 'x'))).rejects.toThrow(/deleted when its request ended/)
    expect(() => file.stream()).toThrow(/deleted when its request ended/)
  })

  test('what cannot be deleted: reported', async () => {
    await mkdir(join(folder, 'directory'))
    const file = new HTTPFile('a', 'b/c', { path: join(folder, 'directory'), size: 1 })
    await expect(removeFile(file)).rejects.toThrow(/directory/)
  })
})

test('text that is not UTF-8: replacement characters, without a byte order mark', async () => {
  const file = new HTTPFile('a', 'b/c', { body: Buffer.from('\xef\xbb\xbfa\xff', 'latin1') })
  expect(await file.text()).toBe('a\ufffd')
})

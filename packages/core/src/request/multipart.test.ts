import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type BodyLimits, resolveBodyLimits } from './body-limits.ts'
import { type MultipartForm, parseMultipart } from './multipart.ts'

const TYPE = 'multipart/form-data; boundary=b'
const KIB = 1024

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'multipart-test-'))
})
afterEach(async () => {
  assert.deepEqual(openDescriptors(), [])
  await rm(folder, { recursive: true })
})

/** Descriptors of this process that lead into the test's folder, where the system tells. */
function openDescriptors(): string[] {
  if (!existsSync('/proc/self/fd')) return []
  const targets = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`)
    } catch {
      return '' // the descriptor with which the directory was read
    }
  })
  return targets.filter((target) => target.startsWith(folder))
}

const field = (name: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const file = (name: string, filename: string, content: string, type = 'text/plain'): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`
const END = '--b--\r\n'

const ascending = (a: number, b: number): number => a - b

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function parse(body: string | Buffer, limits: BodyLimits = {}, size = 100, type = TYPE): Promise<MultipartForm> {
  const resolved = resolveBodyLimits({ uploadDirectory: folder, ...limits })
  return parseMultipart(chunked(Buffer.from(body), size), type, resolved)
}

/** Everything a handler can see of a form. */
async function shown(form: MultipartForm): Promise<unknown> {
  const files: unknown[] = []
  for (const [name, list] of form.files) {
    for (const { filename, contentType, size } of list) files.push([name, filename, contentType, size])
    for (const one of list) files.push((await one.bytes()).toString('latin1'))
  }
  return { fields: [...form.fields], files }
}

describe('parseMultipart: what comes out', () => {
  test('fields and files, several of a name, in their order', async () => {
    const form = await parse(
      field('a', '1') + file('f', 'x.txt', 'X') + field('b', '') + field('a', '2 ä') + file('f', 'y', 'Y', 'A/B') + END,
    )
    expect(await shown(form)).toEqual({
      fields: [
        ['a', ['1', '2 ä']],
        ['b', ['']],
      ],
      files: [['f', 'x.txt', 'text/plain', 1], ['f', 'y', 'A/B', 1], 'X', 'Y'],
    })
    expect(form.files.get('f')?.[0]?.body?.toString()).toBe('X')
  })

  test('what Node itself sends', async () => {
    const sent = new FormData()
    sent.append('text', 'line one\r\nline two')
    sent.append('name "quoted"', 'v')
    sent.append('file', new Blob(['\0\xff\r\n--']), 'nä"me\r\n.bin')
    sent.append('empty', new Blob([]), 'empty')
    const response = new Response(sent)
    const type = response.headers.get('content-type') ?? ''
    const form = await parse(Buffer.from(await response.arrayBuffer()), {}, 7, type)
    expect([...form.fields]).toEqual([
      ['text', ['line one\r\nline two']],
      ['name %22quoted%22', ['v']],
    ])
    const [binary] = form.files.get('file') ?? []
    expect(binary).toMatchObject({ filename: 'nä%22me%0D%0A.bin', contentType: 'application/octet-stream' })
    expect(await binary?.text()).toBe('\0ÿ\r\n--')
    expect(form.files.get('empty')?.[0]?.size).toBe(0)
  })

  test('a file without a type: application/unknown, as in Tornado', async () => {
    const head = '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
    expect((await parse(`${head}X\r\n${END}`)).files.get('f')?.[0]?.contentType).toBe('application/unknown')
  })

  test('a file input that was left alone: a field, as in Tornado', async () => {
    const form = await parse(file('f', '', '') + END)
    expect([...form.fields]).toEqual([['f', ['']]])
    expect(form.files.size).toBe(0)
  })

  test('names that poison objects: names', async () => {
    const form = await parse(field('__proto__', '1') + file('constructor', 'x', 'X') + field('toString', '2') + END)
    expect([...form.fields.keys()]).toEqual(['__proto__', 'toString'])
    expect([...form.files.keys()]).toEqual(['constructor'])
    expect(({} as Record<string, unknown>)['1']).toBeUndefined()
  })

  test('an empty form: nothing', async () => {
    expect(await shown(await parse(END))).toEqual({ fields: [], files: [] })
  })

  test.each(['multipart/form-data; boundary="b"', 'Multipart/Form-Data;charset=utf-8; BOUNDARY=b'])(
    '%s: fine',
    async (type) => {
      expect((await parse(field('a', '1') + END, {}, 100, type)).fields.get('a')).toEqual(['1'])
    },
  )

  test.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary="b', 'x'])(
    '%s: 400, no boundary',
    async (type) => {
      await expect(parse(field('a', '1') + END, {}, 100, type)).rejects.toMatchObject({ status: 400 })
    },
  )

  test('a field that is not UTF-8: 400 that names it', async () => {
    const body = Buffer.concat([Buffer.from(field('a', '1')), Buffer.from(field('b', '\xe4') + END, 'latin1')])
    await expect(parse(body)).rejects.toMatchObject({ status: 400, logMessage: 'Invalid unicode in "b": "ä"' })
  })
})

describe('parseMultipart: any chunking gives the same result', () => {
  const body = Buffer.from(
    `${field('a', '1')}${file('f', 'x', 'spooled\r\n--b\r-')}${field('ü', '\r\n')}${file('f', 'y', '')}${END}`.replace(
      '--b\r-',
      '--B\r-',
    ),
  )

  test('cut in two at every offset, files on disk', async () => {
    const whole = await shown(await parse(body, { spoolThreshold: 4 }, body.length))
    expect(whole).toMatchObject({
      files: [['f', 'x', 'text/plain', 14], ['f', 'y', 'text/plain', 0], 'spooled\r\n--B\r-', ''],
    })
    for (let at = 1; at < body.length; at++) {
      const source = async function* (): AsyncGenerator<Buffer, void> {
        yield body.subarray(0, at)
        yield body.subarray(at)
      }
      const form = await parseMultipart(
        source(),
        TYPE,
        resolveBodyLimits({ uploadDirectory: folder, spoolThreshold: 4 }),
      )
      expect(await shown(form), `cut at ${at}`).toEqual(whole)
      await form.remove()
    }
  })

  test('random forms in random chunks, in memory and on disk', async () => {
    const part = fc.record({
      name: fc.constantFrom('a', 'b', '__proto__'),
      filename: fc.constantFrom('', 'x.bin'),
      content: fc
        .array(fc.constantFrom('\r\n', '--', '-', 'text', '\r', '\r\n--'), { maxLength: 8 })
        .map((all) => all.join('')),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.integer({ min: 1, max: 60 }), async (parts, size) => {
        const text = parts.map(({ name, filename, content }) => file(name, filename, content)).join('') + END
        const whole = await parse(text, {}, text.length)
        const pieces = await parse(text, { spoolThreshold: 6 }, size)
        expect(await shown(pieces)).toEqual(await shown(whole))
        const contents = parts.filter(({ filename }) => filename !== '').map(({ content }) => content)
        const sizes = [...pieces.files.values()].flat().map((one) => one.size)
        expect(sizes.sort(ascending)).toEqual(contents.map((content) => content.length).sort(ascending))
        await pieces.remove()
      }),
    )
    expect(await readdir(folder)).toEqual([])
  })
})

describe('parseMultipart: files on disk', () => {
  const big = 'x'.repeat(300 * KIB)

  test('a file past the threshold: spooled, mode 0600, a name of its own; small ones stay in memory', async () => {
    const form = await parse(
      file('small', 's', 'S') + file('big', '../../evil', big) + END,
      { spoolThreshold: 1000 },
      16 * KIB,
    )
    const [small] = form.files.get('small') ?? []
    const [spooled] = form.files.get('big') ?? []
    expect(small?.path).toBeUndefined()
    expect(spooled).toMatchObject({ body: undefined, size: big.length, filename: '../../evil' })
    expect(spooled?.path?.startsWith(join(folder, 'typhoon-upload-'))).toBe(true)
    expect((await stat(spooled?.path ?? '')).mode & 0o777).toBe(0o600)
    expect(await spooled?.text()).toBe(big)
    await form.remove()
    expect(await readdir(folder)).toEqual([])
  })

  test('the threshold is for all files of a form together', async () => {
    const part = 'x'.repeat(600)
    const form = await parse(file('f', '1', part) + file('f', '2', part) + file('f', '3', 'x'.repeat(400)) + END, {
      spoolThreshold: 1000,
    })
    expect(form.files.get('f')?.map((one) => one.body !== undefined)).toEqual([true, false, true])
    await form.remove()
  })

  test('a threshold of 0: every byte goes to disk', async () => {
    const form = await parse(file('f', '1', 'x') + END, { spoolThreshold: 0 })
    expect(await readdir(folder)).toHaveLength(1)
    await form.remove()
  })

  test('remove: leaves what was moved, takes the rest, and may be called again', async () => {
    const form = await parse(file('f', '1', big) + file('f', '2', big) + END, { spoolThreshold: 0 }, 16 * KIB)
    await form.files.get('f')?.[0]?.moveTo(join(folder, 'kept'))
    await form.remove()
    await form.remove()
    expect(await readdir(folder)).toEqual(['kept'])
  })

  test('a disk that has work: the source waits', async () => {
    const chunk = Buffer.alloc(16 * KIB, 'x')
    let behind = 0
    async function* source(): AsyncGenerator<Buffer, void> {
      yield Buffer.from(file('f', 'big', '').slice(0, -2))
      for (let sent = 0; sent < 4096 * KIB; sent += chunk.length) {
        yield chunk
        const [name = ''] = await readdir(folder)
        const { size } = await stat(join(folder, name))
        behind = Math.max(behind, sent + chunk.length - size)
      }
      yield Buffer.from(`\r\n${END}`)
    }
    const form = await parseMultipart(source(), TYPE, resolveBodyLimits({ uploadDirectory: folder, spoolThreshold: 0 }))
    expect(form.files.get('f')?.[0]?.size).toBe(4096 * KIB)
    expect(behind).toBeLessThan(64 * KIB)
    await form.remove()
  })

  test('a directory that is not there: an error of the file system, not of the client', async () => {
    const parsing = parse(file('f', '1', 'x') + END, { spoolThreshold: 0, uploadDirectory: join(folder, 'missing') })
    await expect(parsing).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('parseMultipart: refusals leave nothing behind', () => {
  const upload = file('f', 'first', 'x'.repeat(100 * KIB))
  const last = file('f', 'second', 'y'.repeat(100 * KIB))

  test.each<{ body: string; limits: BodyLimits; status: number; why: string }>([
    { body: upload + last + END, limits: { maxParts: 1 }, status: 400, why: 'too many parts' },
    { body: upload + last + END, limits: { maxFiles: 1 }, status: 400, why: 'too many files' },
    {
      body: upload + field('a', '') + field('b', '') + END,
      limits: { maxFields: 1 },
      status: 400,
      why: 'too many fields',
    },
    { body: upload + last + END, limits: { maxPartHeaderSize: 84 }, status: 400, why: 'a part header too large' },
    { body: upload + last + END, limits: { maxFileSize: 100 * KIB - 1 }, status: 413, why: 'a file too large' },
    { body: upload + field('a', '12345') + END, limits: { maxFieldSize: 4 }, status: 413, why: 'a field too large' },
    {
      body: upload + field('a', '123') + field('a', '45') + END,
      limits: { maxBodySize: 4 },
      status: 413,
      why: 'all fields',
    },
    { body: upload + last + END, limits: { maxUploadSize: 150 * KIB }, status: 413, why: 'the form too large' },
    { body: upload + last, limits: {}, status: 400, why: 'no closing delimiter' },
    { body: upload + last.slice(0, -10), limits: {}, status: 400, why: 'cut within a file' },
    { body: `${upload}--b\r\nX: y\r\n\r\n`, limits: {}, status: 400, why: 'a malformed part behind a file' },
    { body: `${upload}--bad`, limits: {}, status: 400, why: 'a malformed delimiter behind a file' },
  ])('$why: $status', async ({ body, limits, status }) => {
    await expect(parse(body, { spoolThreshold: 0, ...limits }, 16 * KIB)).rejects.toMatchObject({ status })
    expect(await readdir(folder)).toEqual([])
    await expect(parse(body, { spoolThreshold: 0, ...limits }, 1000)).rejects.toMatchObject({ status })
    expect(await readdir(folder)).toEqual([])
  })

  test.each<{ body: string; limits: BodyLimits }>([
    { body: upload + last + field('a', '1') + END, limits: { maxParts: 3, maxFiles: 2, maxFields: 1 } },
    { body: file('f', 'x', 'x'.repeat(1000)) + END, limits: { maxFileSize: 1000, maxPartHeaderSize: 90 } },
    { body: field('a', '12') + field('b', '34') + END, limits: { maxFieldSize: 2, maxBodySize: 4 } },
    { body: field('a', '1') + END, limits: { maxUploadSize: (field('a', '1') + END).length } },
  ])('exactly the limits $limits: fine', async ({ body, limits }) => {
    const form = await parse(body, limits)
    expect(form.fields.size + form.files.size).toBeGreaterThan(0)
    await form.remove()
  })

  test('a limit on the whole counts what follows the closing delimiter', async () => {
    const body = field('a', '1') + END
    await expect(parse(`${body}${' '.repeat(1000)}`, { maxUploadSize: body.length })).rejects.toMatchObject({
      status: 413,
    })
  })

  test('a client that goes away within a file: the error of the source, once all is cleaned up', async () => {
    const gone = new Error('gone')
    async function* source(): AsyncGenerator<Buffer, void> {
      yield Buffer.from(upload)
      yield Buffer.from(last.slice(0, 90 * KIB))
      expect(await readdir(folder)).toHaveLength(2)
      expect(openDescriptors().length).toBeLessThanOrEqual(1)
      throw gone
    }
    const limits = resolveBodyLimits({ uploadDirectory: folder, spoolThreshold: 0 })
    await expect(parseMultipart(source(), TYPE, limits)).rejects.toBe(gone)
    expect(await readdir(folder)).toEqual([])
    expect(openDescriptors()).toEqual([])
  })

  test('files that cannot be deleted: that is reported beside the first error', async () => {
    const gone = new Error('gone')
    async function* source(): AsyncGenerator<Buffer, void> {
      yield Buffer.from(upload)
      yield Buffer.from(last)
      const [name = ''] = await readdir(folder)
      await rm(join(folder, name))
      await mkdir(join(folder, name)) // which is no file to delete
      throw gone
    }
    const limits = resolveBodyLimits({ uploadDirectory: folder, spoolThreshold: 0 })
    const failure = expect.objectContaining({ message: 'uploaded files could not be deleted' })
    await expect(parseMultipart(source(), TYPE, limits)).rejects.toMatchObject({ errors: [gone, failure] })
    expect(await readdir(folder)).toHaveLength(1)
  })

  test('a file that exists in the directory: never touched', async () => {
    await writeFile(join(folder, 'first'), 'mine')
    const form = await parse(upload + END, { spoolThreshold: 0 })
    await form.remove()
    expect(await readdir(folder)).toEqual(['first'])
  })
})

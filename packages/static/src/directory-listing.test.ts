import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listDirectory, listingPage, MAX_LISTED, readableSize } from './directory-listing.ts'

let root: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'listing-')))
})

afterEach(() => rmSync(root, { recursive: true }))

const RULES = { isServed: (name: string) => !name.startsWith('.'), followSymlinks: true }

test('directories come first, then files by name, numbers by value; what is not served is not listed', async () => {
  mkdirSync(join(root, 'zoo'))
  for (const name of ['file10.txt', 'file9.txt', '.hidden', 'Apple']) writeFileSync(join(root, name), 'x')
  execFileSync('mkfifo', [join(root, 'fifo')])
  symlinkSync('/etc', join(root, 'outside'))
  symlinkSync('nothing', join(root, 'dangling'))
  symlinkSync('Apple', join(root, 'inside'))
  const { files, more } = await listDirectory(root, root, RULES)
  expect(files.map(({ name }) => name)).toEqual(['zoo', 'Apple', 'file9.txt', 'file10.txt', 'inside'])
  expect(more).toBe(false)
  const straight = await listDirectory(root, root, { ...RULES, followSymlinks: false })
  expect(straight.files.map(({ name }) => name)).not.toContain('inside')
})

test('a directory with very many files is listed in part', async () => {
  for (let i = 0; i <= MAX_LISTED; i += 1) writeFileSync(join(root, `${i}`), '')
  const { files, more } = await listDirectory(root, root, RULES)
  expect(files).toHaveLength(MAX_LISTED)
  expect(more).toBe(true)
  expect(listingPage('/', files, { parent: false, more })).toContain('There are more files')
})

test('names are text in the page and paths in its links', () => {
  const modified = new Date('2024-01-02T03:04:05Z')
  const names = ['<script>alert(1)</script>', '" onclick="x', 'javascript:alert(1)', 'a b#?.txt']
  const page = listingPage(
    '/<b>/',
    names.map((name) => ({ name, isDirectory: false, size: 1, modified })),
    { parent: true, more: false },
  )
  expect(page).not.toMatch(/<script|<b>|" onclick/)
  expect(page).toContain('href="./javascript%3Aalert(1)"')
  expect(page).toContain('href="./a%20b%23%3F.txt"')
  expect(page).toContain('<html lang="en">')
  expect(page).toContain('<time datetime="2024-01-02T03:04:05.000Z">2024-01-02 03:04</time>')
})

test.each([
  { bytes: 0, text: '0 bytes' },
  { bytes: 1023, text: '1023 bytes' },
  { bytes: 1024, text: '1.0 KiB' },
  { bytes: 150 * 1024, text: '150 KiB' },
  { bytes: 1.5 * 1024 ** 3, text: '1.5 GiB' },
])('$bytes is $text', ({ bytes, text }) => {
  expect(readableSize(bytes)).toBe(text)
})

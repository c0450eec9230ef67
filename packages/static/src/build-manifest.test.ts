import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OptionError } from '@typhoon/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BuildManifest } from './build-manifest.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'manifest-'))
  path = join(directory, 'manifest.json')
})

afterEach(() => rmSync(directory, { recursive: true }))

const BUILD = {
  'src/main.ts': {
    file: 'assets/main-4f2b.js',
    src: 'src/main.ts',
    isEntry: true,
    css: ['assets/main-9a1c.css'],
    assets: ['assets/logo-77.svg'],
  },
  '_shared.js': { file: 'assets/shared-11.js' },
}

test('names of sources lead to built files, and those are known', () => {
  writeFileSync(path, JSON.stringify(BUILD))
  const manifest = new BuildManifest(path, 1000)
  expect(manifest.fileOf('src/main.ts')).toBe('assets/main-4f2b.js')
  expect(manifest.fileOf('constructor')).toBeUndefined()
  const names = [
    'assets/main-4f2b.js',
    'assets/main-9a1c.css',
    'assets/logo-77.svg',
    'assets/shared-11.js',
    'src/main.ts',
  ]
  expect(names.map((name) => manifest.holds(name))).toEqual([true, true, true, true, false])
})

test('a new build is noticed, a half-written one is not taken', () => {
  writeFileSync(path, JSON.stringify(BUILD))
  const manifest = new BuildManifest(path, 0)
  writeFileSync(path, '{ "src/main.ts": {')
  expect(manifest.fileOf('src/main.ts')).toBe('assets/main-4f2b.js')
  writeFileSync(path, JSON.stringify({ 'src/main.ts': { file: 'assets/main-new.js' } }))
  expect(manifest.fileOf('src/main.ts')).toBe('assets/main-new.js')
})

test.each([undefined, '', '[1]', 'null', '{"a":{}}', '{"a":1}'])('%j is no manifest', (text) => {
  if (text !== undefined) writeFileSync(path, text)
  expect(() => new BuildManifest(path, 0)).toThrow(OptionError)
})

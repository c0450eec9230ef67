import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { OptionError } from '../options.ts'
import { type BodyLimits, resolveBodyLimits } from './body-limits.ts'

describe('resolveBodyLimits', () => {
  test('nothing given: the documented defaults, frozen', () => {
    const limits = resolveBodyLimits()
    expect(limits).toEqual({
      maxBodySize: 1_048_576,
      maxUploadSize: 104_857_600,
      maxFields: 1000,
      maxFieldSize: 1_048_576,
      maxParts: 100,
      maxPartHeaderSize: 10_240,
      maxFiles: 100,
      maxFileSize: 104_857_600,
      spoolThreshold: 1_048_576,
      uploadDirectory: tmpdir(),
    })
    expect(Object.isFrozen(limits)).toBe(true)
  })

  test('given values win, undefined means the default, 0 is a value', () => {
    const limits = resolveBodyLimits({ maxFiles: 0, maxParts: undefined, uploadDirectory: '/var/tmp' })
    expect(limits).toMatchObject({ maxFiles: 0, maxParts: 100, uploadDirectory: '/var/tmp' })
  })

  test.each<[BodyLimits | Record<string, unknown>, RegExp]>([
    [{ maxBodySize: -1 }, /maxBodySize must be a whole number from 0/],
    [{ maxUploadSize: 1.5 }, /maxUploadSize .* got 1\.5/],
    [{ maxFileSize: Number.POSITIVE_INFINITY }, /maxFileSize .* got Infinity/],
    [{ maxParts: '100' }, /maxParts .* got "100"/],
    [{ maxBodySize: 2 ** 40 }, /maxBodySize/],
    [{ uploadDirectory: '' }, /uploadDirectory/],
    [{ uploadDirectory: 7 }, /uploadDirectory must be a string/],
    [{ maxBodysize: 1 }, /BodyLimits has no option maxBodysize/],
  ])('%j: refused by name', (given, message) => {
    expect(() => resolveBodyLimits(given)).toThrow(OptionError)
    expect(() => resolveBodyLimits(given)).toThrow(message)
  })
})

/** Siblings in a content coding, chosen by the client's weights. RFC 9110 §12.5.3; `encoded.txt` has `.br`, `.zst` and `.gz`. */
import { expect } from 'vitest'
import type { ConformanceCase } from '../conformance-case.ts'
import { ENCODED, TEXT } from '../fixture.ts'

const CHOICES: readonly (readonly [accept: string, encoding: keyof typeof ENCODED])[] = [
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['br', 'br'],
  ['zstd', 'zstd'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['br;q=0.001, gzip;q=0', 'br'],
  ['*', 'br'],
  ['*;q=0, gzip;q=0.5', 'gzip'],
  ['gzip;q=0.5, *;q=0', 'gzip'],
  ['identity;q=0.5, gzip;q=0.8', 'gzip'],
]

const IDENTITY = [
  'identity',
  'gzip;q=0',
  'gzip;q=0, br;q=0, zstd;q=0',
  'deflate',
  'compress, x-unknown',
  '',
  'gzip;q=0.5, identity;q=1',
  'gzipped',
  'xbr',
  '*;q=0',
  'identity;q=1, *;q=0',
] as const

export const encodingCases: readonly ConformanceCase[] = [
  ...CHOICES.map(([accept, encoding]) => ({
    title: `Accept-Encoding: ${accept} brings ${encoding}`,
    path: 'encoded.txt',
    headers: { 'Accept-Encoding': accept },
    status: 200,
    fields: {
      'content-encoding': encoding,
      'content-type': /^text\/plain/,
      'content-length': String(ENCODED[encoding].length),
      vary: /accept-encoding/i,
      etag: /"/,
    },
    body: ENCODED[encoding],
    needs: 'precompressed' as const,
  })),
  ...IDENTITY.map((accept) => ({
    title: `Accept-Encoding: ${accept} brings the file as it is`,
    path: 'encoded.txt',
    headers: { 'Accept-Encoding': accept },
    status: 200,
    fields: { 'content-encoding': undefined, vary: /accept-encoding/i },
    body: TEXT,
    needs: 'precompressed' as const,
  })),
  {
    title: 'no Accept-Encoding brings the file as it is',
    path: 'encoded.txt',
    status: 200,
    fields: { 'content-encoding': undefined, vary: /accept-encoding/i },
    body: TEXT,
    needs: 'precompressed',
  },
  {
    title: 'a part of a sibling is a part of its bytes',
    path: 'encoded.txt',
    headers: { 'Accept-Encoding': 'gzip', Range: 'bytes=0-1' },
    status: 206,
    fields: { 'content-encoding': 'gzip', 'content-range': `bytes 0-1/${ENCODED.gzip.length}` },
    body: ENCODED.gzip.subarray(0, 2),
    needs: 'precompressed',
  },
  {
    title: 'HEAD of a sibling',
    method: 'HEAD',
    path: 'encoded.txt',
    headers: { 'Accept-Encoding': 'br' },
    status: 200,
    fields: { 'content-encoding': 'br', 'content-length': String(ENCODED.br.length) },
    body: '',
    needs: 'precompressed',
  },
  {
    title: 'a sibling asked for by its own name has no coding',
    path: 'encoded.txt.gz',
    headers: { 'Accept-Encoding': 'gzip' },
    status: 200,
    fields: { 'content-encoding': undefined },
    body: ENCODED.gzip,
  },
  {
    title: 'an archive is sent as it is',
    path: 'archive.tar.gz',
    headers: { 'Accept-Encoding': 'gzip' },
    status: 200,
    fields: { 'content-encoding': undefined },
  },
  {
    title: 'a picture is not compressed again',
    path: 'picture.png',
    headers: { 'Accept-Encoding': 'gzip, br' },
    status: 200,
    fields: { 'content-encoding': undefined },
  },
  {
    title: 'a part never comes out of an answer compressed on the fly',
    path: 'encoded.txt.zst',
    headers: { 'Accept-Encoding': 'gzip', Range: 'bytes=0-4' },
    status: 206,
    fields: { 'content-encoding': undefined },
    body: ({ body }) => expect(body.toString()).toBe('stand'),
  },
]

/** What a request body may cost: one set of limits for memory, disk and counts. */
import { constants } from 'node:buffer'
import { tmpdir } from 'node:os'
import { checkInteger, checkType, OptionError, withDefaults } from '../options.ts'

/**
 * Limits of request bodies; sizes are in bytes. A body that is sent compressed may exceed them neither as it was sent
 * nor decoded. A size that is exceeded is answered with 413, a count with 400.
 */
export interface BodyLimits {
  /**
   * Largest body held in memory: every kind but `multipart/form-data`, and of that the ordinary fields together.
   *
   * @defaultValue 1 MiB
   */
  maxBodySize?: number | undefined
  /** Largest `multipart/form-data` body, files and all. @defaultValue 100 MiB */
  maxUploadSize?: number | undefined
  /** Most arguments of a query, and most fields of a form. @defaultValue 1000 */
  maxFields?: number | undefined
  /** Largest value of an ordinary field of a multipart form. @defaultValue 1 MiB */
  maxFieldSize?: number | undefined
  /** Most parts of a multipart form, fields and files together. @defaultValue 100 */
  maxParts?: number | undefined
  /** Largest header block of a part; a larger one is malformed, so 400. @defaultValue 10 KiB */
  maxPartHeaderSize?: number | undefined
  /** Most files of a multipart form. @defaultValue 100 */
  maxFiles?: number | undefined
  /** Largest single file. @defaultValue 100 MiB */
  maxFileSize?: number | undefined
  /**
   * What the files of one form may hold in memory together; the file that would exceed it goes to disk.
   *
   * @defaultValue 1 MiB
   */
  spoolThreshold?: number | undefined
  /** An existing directory for files on disk. @defaultValue `os.tmpdir()` */
  uploadDirectory?: string | undefined
}

/** Limits, all filled in and checked. */
export type ResolvedBodyLimits = Readonly<{ [K in keyof BodyLimits]-?: NonNullable<BodyLimits[K]> }>

const KIB = 1024
const MIB = 1024 * KIB
const DEFAULTS: ResolvedBodyLimits = {
  maxBodySize: MIB,
  maxUploadSize: 100 * MIB,
  maxFields: 1000,
  maxFieldSize: MIB,
  maxParts: 100,
  maxPartHeaderSize: 10 * KIB,
  maxFiles: 100,
  maxFileSize: 100 * MIB,
  spoolThreshold: MIB,
  uploadDirectory: tmpdir(),
}
const ANY_SIZE = Number.MAX_SAFE_INTEGER
const IN_MEMORY = constants.MAX_STRING_LENGTH // bytes; what is held in memory may have to become one string
const LARGEST: Readonly<Record<Exclude<keyof BodyLimits, 'uploadDirectory'>, number>> = {
  maxBodySize: IN_MEMORY,
  maxUploadSize: ANY_SIZE,
  maxFields: ANY_SIZE,
  maxFieldSize: IN_MEMORY,
  maxParts: ANY_SIZE,
  maxPartHeaderSize: MIB, // reserved for each form that is being read
  maxFiles: ANY_SIZE,
  maxFileSize: ANY_SIZE,
  spoolThreshold: IN_MEMORY,
}

/**
 * Fills in and checks the limits: once, when an application or a handler class is set up.
 *
 * @throws {@link OptionError} for an unknown name, a number out of range or an empty `uploadDirectory`
 */
export function resolveBodyLimits(given: BodyLimits = {}): ResolvedBodyLimits {
  const limits = withDefaults<ResolvedBodyLimits>('BodyLimits', DEFAULTS, given)
  for (const name of Object.keys(LARGEST) as (keyof typeof LARGEST)[]) {
    checkInteger(name, limits[name], { min: 0, max: LARGEST[name] })
  }
  checkType('uploadDirectory', limits.uploadDirectory, 'string')
  if (limits.uploadDirectory === '') throw new OptionError('uploadDirectory must not be empty')
  return Object.freeze(limits)
}

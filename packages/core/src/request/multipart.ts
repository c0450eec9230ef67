/**
 * Forms with files, `multipart/form-data` (RFC 7578): parts become fields in memory and files in memory or on disk.
 *
 * One chunk is worked off before the next is taken, so a disk that is slow slows the sender down.
 */
import { HTTPError } from '../errors.ts'
import { parseMediaType } from '../headers/media-type.ts'
import { type ArgumentMap, addArgument, decodeArgument } from './arguments.ts'
import { limitSize } from './body.ts'
import type { ResolvedBodyLimits } from './body-limits.ts'
import { ByteCollector } from './byte-collector.ts'
import { FileSink, type MemoryBudget } from './file-sink.ts'
import { type HTTPFile, removeFile } from './http-file.ts'
import { type MultipartEvent, MultipartParser } from './multipart-parser.ts'
import type { PartHead } from './part-head.ts'

/** A form as it came; names are plain data and may be `__proto__`. */
export interface MultipartForm {
  readonly fields: ArgumentMap
  readonly files: Map<string, HTTPFile[]>
  /** Deletes what is on disk and was not moved; safe to call again. */
  remove(): Promise<void>
}

const NO_MEDIA_TYPE = 'application/unknown' // Tornado's

/**
 * Reads a whole form.
 *
 * A part with a file name is a file, any other a field: an empty file name is what browsers send for a file input that
 * was left alone. Until the promise settles nobody but this function holds the files, so if it rejects, for whatever
 * reason, none is left on disk and no descriptor open.
 *
 * @param contentType - the field value with its `boundary`
 * @throws {@link HTTPError} 400 for a malformed form, a field that is not UTF-8 or too many parts, fields or files;
 *   413 for a form, field or file that is too large; and whatever `source` throws
 */
export async function parseMultipart(
  source: AsyncIterable<Buffer>,
  contentType: string,
  limits: ResolvedBodyLimits,
): Promise<MultipartForm> {
  const parser = new MultipartParser(parseMediaType(contentType)?.parameters.get('boundary') ?? '', limits)
  const form = new IncomingForm(limits)
  try {
    for await (const chunk of limitSize(source, limits.maxUploadSize)) {
      for (const event of parser.feed(chunk)) {
        const working = form.take(event)
        if (working) await working
      }
    }
    parser.end()
  } catch (error) {
    await form.remove().catch((failure: unknown) => {
      throw new AggregateError([error, failure], 'the files of a form that was not accepted could not be deleted')
    })
    throw error
  }
  return form
}

class IncomingForm implements MultipartForm {
  readonly fields: ArgumentMap = new Map()
  readonly files: Map<string, HTTPFile[]> = new Map()
  readonly #limits: ResolvedBodyLimits
  readonly #budget: MemoryBudget
  readonly #value = new ByteCollector() // of the field that is being read
  #sink: FileSink | undefined // of the file that is being read
  #fieldCount = 0
  #fieldsSize = 0
  #fileCount = 0

  constructor(limits: ResolvedBodyLimits) {
    this.#limits = limits
    this.#budget = { bytesLeft: limits.spoolThreshold }
  }

  take(event: MultipartEvent): Promise<void> | undefined {
    switch (event.type) {
      case 'begin':
        return this.#begin(event.head)
      case 'data':
        return this.#sink ? this.#addToFile(this.#sink, event.bytes) : this.#addToField(event.bytes)
      case 'end':
        return this.#sink ? this.#finishFile(this.#sink, event.head) : this.#finishField(event.head)
    }
  }

  async remove(): Promise<void> {
    const files = [...this.files.values()].flat()
    const results = await Promise.allSettled([this.#sink?.discard(), ...files.map(removeFile)])
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (errors.length > 0) throw new AggregateError(errors, 'uploaded files could not be deleted')
  }

  #begin(head: PartHead): undefined {
    const { maxFields, maxFiles, uploadDirectory } = this.#limits
    if (head.filename === undefined) {
      if (++this.#fieldCount > maxFields) throw new HTTPError(400, `multipart: more than ${maxFields} fields`)
      return
    }
    if (++this.#fileCount > maxFiles) throw new HTTPError(400, `multipart: more than ${maxFiles} files`)
    this.#sink = new FileSink(this.#budget, uploadDirectory)
  }

  #addToField(bytes: Buffer): undefined {
    const { maxFieldSize, maxBodySize } = this.#limits
    this.#fieldsSize += bytes.length
    if (this.#value.length + bytes.length > maxFieldSize) throw tooLarge('a field', maxFieldSize)
    if (this.#fieldsSize > maxBodySize) throw tooLarge('all fields together', maxBodySize)
    this.#value.append(bytes)
  }

  #finishField({ name }: PartHead): undefined {
    addArgument(this.fields, name, decodeArgument(this.#value.take(), name))
  }

  #addToFile(sink: FileSink, bytes: Buffer): Promise<void> | undefined {
    const { maxFileSize } = this.#limits
    if (sink.size + bytes.length > maxFileSize) throw tooLarge('a file', maxFileSize)
    return sink.write(bytes)
  }

  async #finishFile(sink: FileSink, { name, filename = '', contentType = NO_MEDIA_TYPE }: PartHead): Promise<void> {
    const file = await sink.finish(filename, contentType)
    this.#sink = undefined
    const others = this.files.get(name)
    if (others === undefined) this.files.set(name, [file])
    else others.push(file)
  }
}

function tooLarge(what: string, limit: number): HTTPError {
  return new HTTPError(413, `multipart: ${what} would be larger than ${limit} bytes`)
}

/**
 * The header fields that a representation has in every answer to a path.
 */
import { basename } from 'node:path'
import type { HeaderFields } from '@typhoon/core'
import { formatContentDisposition, formatHTTPDate } from '@typhoon/core/headers'
import type { Representation } from './representation.ts'
import type { ResolvedStaticOptions } from './static-options.ts'

export type Field = readonly [name: string, value: HeaderFields[string]]

/** All but the entity tag, which a subclass may make, and `Vary`, to which others may have added. */
export interface AnswerFields {
  /** Of an answer with content. */
  readonly whole: readonly Field[]
  /** Of a 304, which says nothing that the client knows already (RFC 9110 §15.4.5). */
  readonly unchanged: readonly Field[]
}

export interface AnswerContext {
  /** Below the root, as it was asked for. */
  readonly path: string
  readonly absolutePath: string
  readonly contentType: string
  readonly cacheControl: string
  readonly options: Pick<ResolvedStaticOptions, 'download' | 'headers'>
}

const KNOWN: ReadonlySet<string> = new Set(['content-type', 'content-encoding', 'content-disposition', 'accept-ranges'])

export function answerFields(representation: Representation, context: AnswerContext): AnswerFields {
  const whole = [...fieldsOf(representation, context), ...chosenFields(context)]
  const hasTag = representation.etag !== undefined
  const isKnown = (name: string) => KNOWN.has(name) || (hasTag && name === 'last-modified')
  return { whole, unchanged: whole.filter(([name]) => !isKnown(name.toLowerCase())) }
}

function fieldsOf({ encoding, acceptsRanges, modified }: Representation, context: AnswerContext): readonly Field[] {
  const fields: Field[] = [['Content-Type', context.contentType]]
  if (modified !== undefined) fields.push(['Last-Modified', formatHTTPDate(new Date(lastModified(modified)))])
  fields.push(['Cache-Control', context.cacheControl])
  if (acceptsRanges) fields.push(['Accept-Ranges', 'bytes'])
  if (encoding !== undefined) fields.push(['Content-Encoding', encoding])
  return fields
}

function chosenFields({ path, absolutePath, options: { download, headers } }: AnswerContext): readonly Field[] {
  const fields = headers.filter(([pattern]) => path.search(pattern) >= 0).flatMap(([, each]) => Object.entries(each))
  if (download !== true && (download === false || path.search(download) < 0)) return fields
  return [['Content-Disposition', formatContentDisposition('attachment', basename(absolutePath))], ...fields]
}

/** A date in the future, as a wrong clock makes it, is not sent (RFC 9110 §8.8.2.1), nor one that HTTP cannot write. */
function lastModified(modified: number): number {
  return Math.max(0, Math.min(modified, Date.now()))
}

/** Whether the fields are the same a moment later. */
export function areLasting({ modified }: Representation): boolean {
  return modified === undefined || modified <= Date.now()
}

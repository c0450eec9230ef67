/**
 * Header blocks of the parts of a form (RFC 7578 §4).
 *
 * Strict where two readers could disagree: no folded lines, no control characters, no field or parameter twice.
 */
import { HTTPError } from '../errors.ts'
import { decodeArgument, percentDecode } from './arguments.ts'

/** What a part says about itself. */
export interface PartHead {
  readonly name: string
  /** Not empty; a part without it is an ordinary field. */
  readonly filename: string | undefined
  readonly contentType: string | undefined
}

const CONTROLS = /[^\P{Cc}\t\x80-\x9f]/u // U+0000 to U+001F but the tab, and U+007F
const FIELD_NAME = /^[!#$%&'*+.^`|~\w-]+$/ // RFC 9110 §5.6.2
// One parameter: its name, then a quoted or a bare value. No two ways to match a text, so no backtracking to speak of.
const PARAMETER = /[ \t]*([^\s;="]+)=(?:"((?:[^"\\]|\\.)*)"[ \t]*|([^";]*))(?:;|$)/y
const EXTENDED_VALUE = /^(utf-8|iso-8859-1)'[^']*'((?:[!-$&-~]|%[\da-f]{2})*)$/i // RFC 8187 §3.2.1

/**
 * Reads a header block, without the empty line at its end.
 *
 * @throws {@link HTTPError} 400 unless it is well-formed and has a `Content-Disposition: form-data` with a name
 */
export function parsePartHead(block: Uint8Array): PartHead {
  const fields = parseFields(decodeArgument(block, 'part header'))
  const disposition = fields.get('content-disposition')
  if (disposition === undefined) throw malformed('a part has no Content-Disposition')
  const parameters = parseFormData(disposition)
  const name = parameters.get('name')
  if (!name) throw malformed('a part has no name')
  return {
    name,
    filename: (extendedFilename(parameters) ?? parameters.get('filename')) || undefined,
    contentType: fields.get('content-type') || undefined,
  }
}

function parseFields(block: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of block.split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase()
    if (!FIELD_NAME.test(name) || CONTROLS.test(line)) throw malformed(`bad part header ${JSON.stringify(line)}`)
    if (fields.has(name)) throw malformed(`a part has ${name} twice`)
    fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}

/** The parameters of a `form-data` disposition; a backslash escapes a quote or itself only, as browsers have it. */
function parseFormData(disposition: string): Map<string, string> {
  const semicolon = disposition.indexOf(';')
  const type = semicolon === -1 ? disposition : disposition.slice(0, semicolon)
  if (type.trim().toLowerCase() !== 'form-data') throw malformed('a part is not form-data')
  const parameters = new Map<string, string>()
  let at = semicolon === -1 ? disposition.length : semicolon + 1
  while (at < disposition.length) {
    PARAMETER.lastIndex = at
    const match = PARAMETER.exec(disposition)
    const name = match?.[1]?.toLowerCase()
    if (!match || name === undefined || parameters.has(name)) {
      throw malformed(`bad Content-Disposition ${JSON.stringify(disposition)}`)
    }
    parameters.set(name, match[2]?.replace(/\\(["\\])/g, '$1') ?? match[3]?.trim() ?? '')
    at = PARAMETER.lastIndex
  }
  return parameters
}

/** The file name of `filename*` (RFC 8187), which wins over `filename`, since it can say what that cannot. */
function extendedFilename(parameters: ReadonlyMap<string, string>): string | undefined {
  const value = parameters.get('filename*')
  if (value === undefined) return undefined
  const [, charset, text] = EXTENDED_VALUE.exec(value) ?? []
  if (charset === undefined || text === undefined) throw malformed(`bad filename* ${JSON.stringify(value)}`)
  const bytes = percentDecode(text)
  const filename = charset.toLowerCase() === 'utf-8' ? decodeArgument(bytes, 'filename*') : bytes.toString('latin1')
  if (CONTROLS.test(filename)) throw malformed('control characters in filename*')
  return filename
}

function malformed(logMessage: string): HTTPError {
  return new HTTPError(400, `multipart: ${logMessage}`)
}

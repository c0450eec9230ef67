/** Challenges of a server or proxy, as `WWW-Authenticate` and `Proxy-Authenticate` list them (RFC 9110 §11.6.1). */

export interface Challenge {
  /** In lower case, for instance `digest`. */
  readonly scheme: string
  /** By name in lower case, without quotes and backslashes; of a name that comes twice the first counts. */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const PLAIN = '[\\t\\x20!\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]*' // in quotes, without quote and backslash
const QUOTED = `"(${PLAIN}(?:\\\\[\\t\\x20-\\x7e\\x80-\\xff]${PLAIN})*)"`
const END = '(?=[\\t ]*(?:,|$))'
// Each is tried at one index, never searched for, and what one refuses is passed over or ends the reading: linear time.
const BETWEEN = /[\t ,]*/y
const PARAMETER = new RegExp(`(${TOKEN})[\\t ]*=[\\t ]*(?:(${TOKEN})|${QUOTED})${END}`, 'y')
const SCHEME = new RegExp(`(${TOKEN})(?=[ ,]|$)(?: +[A-Za-z0-9\\-._~+/]+=*${END})?`, 'y')

/** @returns those that come before anything that is none */
export function parseChallenges(field: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  for (let index = after(BETWEEN, field, 0); index < field.length; index = after(BETWEEN, field, index)) {
    const parameters = challenges.at(-1)?.parameters
    const [whole, name = '', token, quoted = ''] = matchAt(PARAMETER, field, index)
    if (whole !== undefined && parameters !== undefined) {
      const key = name.toLowerCase()
      if (!parameters.has(key)) parameters.set(key, token ?? quoted.replace(/\\(.)/g, '$1'))
      index += whole.length
      continue
    }
    const [begun, scheme = ''] = matchAt(SCHEME, field, index)
    if (begun === undefined) break
    challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() })
    index += begun.length
  }
  return challenges
}

function matchAt(pattern: RegExp, text: string, index: number): readonly (string | undefined)[] {
  pattern.lastIndex = index
  return pattern.exec(text) ?? []
}

function after(pattern: RegExp, text: string, index: number): number {
  return index + (matchAt(pattern, text, index)[0] ?? '').length
}

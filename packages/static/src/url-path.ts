/**
 * From the path of a URL to a path below the root: which names a file may be asked for by.
 *
 * Everything here is about text; what the file system makes of a name is judged by contained-file.ts.
 */
import { HTTPError } from '@typhoon/core'

/** What happens to a path with a segment that begins with a dot: 403, 404, or nothing. */
export type DotfilePolicy = 'allow' | 'deny' | 'ignore'

export interface PathRules {
  readonly dotfiles: DotfilePolicy
  /** As `process.platform` has it: Windows gives a meaning to more characters and names. */
  readonly platform: NodeJS.Platform
}

/**
 * Checks the path of a request before it is decoded: no escape may be damaged, and none may stand for a slash, which would
 * make one segment into two after routing has looked at them.
 *
 * @throws {@link HTTPError} 400 for a damaged escape, 404 for an encoded slash
 */
export function checkEncodedPath(path: string): void {
  if (!path.includes('%')) return
  if (/%(?![0-9a-f]{2})/i.test(path))
    throw new HTTPError(400, 'a percent sign in the path has no two hexadecimal digits behind it')
  if (/%2f/i.test(path)) throw new HTTPError(404, 'the path has an encoded slash')
}

/**
 * The segments of a decoded path below the root; a path that ends with a slash has an empty last one.
 *
 * @param path - without the slash at the front
 * @throws {@link HTTPError} 403 for a path that leads out of the root or to a denied dotfile, 404 for a name no file has
 */
export function checkPath(path: string, rules: PathRules): string[] {
  if (path.includes('\0')) throw new HTTPError(404, 'the path has a NUL')
  if (path.startsWith('/')) throw new HTTPError(403, 'the path is absolute')
  const segments = path.split('/')
  if (leavesRoot(segments)) throw new HTTPError(403, 'the path leads out of the root')
  for (const [index, segment] of segments.entries()) {
    if (segment === '' && index < segments.length - 1) throw new HTTPError(404, 'the path has an empty segment')
    if (segment === '.' || segment === '..')
      throw new HTTPError(404, 'the path has a dot segment, which clients resolve')
    if (segment.startsWith('.')) checkDotfile(segment, index, rules.dotfiles)
    if (rules.platform === 'win32') checkWindowsName(segment)
  }
  return segments
}

function leavesRoot(segments: readonly string[]): boolean {
  let depth = 0
  for (const segment of segments) {
    if (segment === '..') depth -= 1
    else if (segment !== '.' && segment !== '') depth += 1
    if (depth < 0) return true
  }
  return false
}

/** `.well-known` at the top of a site is public (RFC 8615). */
function checkDotfile(segment: string, index: number, policy: DotfilePolicy): void {
  if (policy === 'allow' || (segment === '.well-known' && index === 0)) return
  throw new HTTPError(policy === 'deny' ? 403 : 404, 'the path has a segment that begins with a dot')
}

const WINDOWS_CHARACTERS = /[\\:*?"<>|\p{Cc}]/u // separators, drives and streams, wildcards
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:[. ]|$)/i
const WINDOWS_SHORT_NAME = /~\d/ // PROGRA~1 is another name of a file with a longer one

/** Windows drops dots and spaces at the end of a name, so that `secret.` would be another way to ask for `secret`. */
function checkWindowsName(segment: string): void {
  const refused =
    WINDOWS_CHARACTERS.test(segment) ||
    WINDOWS_DEVICE.test(segment) ||
    WINDOWS_SHORT_NAME.test(segment) ||
    /[. ]$/.test(segment)
  if (refused) throw new HTTPError(404, 'the path has a name that Windows gives another meaning')
}

/** The path as it stands in a URL: every segment percent-encoded, slashes kept. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/**
 * Finds the first rule of a table that matches a path without trying those that cannot.
 *
 * The skeletons of all patterns are merged into one tree whose edges are fixed text or "one segment of any
 * text". A path leads to each node in one way at most, so a look-up costs what the path is long, plus the
 * patterns that fit as far as their skeletons tell. Those decide, and the earliest in the table wins.
 */
import type { CapturedTexts } from './path-arguments.ts'
import { SEGMENT } from './path-skeleton.ts'
import { type RouteEntry, RouteMatch } from './route-entry.ts'

/** A rule with its position in the table. */
interface Candidate {
  readonly order: number
  readonly entry: RouteEntry
}

interface Node {
  /** The text of the edge that leads here; {@link SEGMENT} for any text of one segment. */
  readonly edge: string
  /** The earliest position of the rules here and below. */
  readonly first: number
  /** Rules that a path which ends here fits, in table order. */
  readonly ending: readonly Candidate[]
  /** Rules that a path fits however it goes on, in table order. */
  readonly open: readonly Candidate[]
  readonly segment: Node | undefined
  /** By the code of the first character of their edge, which is ASCII. */
  readonly children: readonly (Node | undefined)[]
}

export class RouteIndex {
  readonly #root: Node
  // The state of the look-up under way, kept here so that none is allocated.
  #path = ''
  #host = ''
  #order = 0
  #entry: RouteEntry | undefined
  #captured: CapturedTexts = []

  constructor(entries: readonly RouteEntry[]) {
    const branches = entries.flatMap((entry, order) => branchesOf({ entry, order }))
    this.#root = growNode('', 0, branches)
  }

  /** The first rule in table order that matches, or `undefined`. */
  find(path: string, host: string): RouteMatch | undefined {
    this.#path = path
    this.#host = host
    this.#order = Number.POSITIVE_INFINITY
    this.#entry = undefined
    this.#visit(this.#root, 0)
    return this.#entry && new RouteMatch(this.#entry, this.#captured)
  }

  /** The rules that a path fits as far as their skeletons tell, in table order. */
  fitting(path: string): readonly RouteEntry[] {
    const found = new Map<RouteEntry, number>()
    collectFitting(this.#root, path, 0, found)
    return [...found].sort(([, one], [, other]) => one - other).map(([entry]) => entry)
  }

  /** Looks below a node first: what is more specific often comes earlier, and then the rest need not be tried. */
  #visit(node: Node, at: number): void {
    const path = this.#path
    if (at === path.length) this.#tryAll(node.ending)
    else {
      const child = node.children[path.charCodeAt(at)]
      if (child !== undefined && child.first < this.#order && hasEdge(path, at, child.edge)) {
        this.#visit(child, at + child.edge.length)
      }
    }
    const { segment } = node
    if (segment !== undefined && segment.first < this.#order) this.#visit(segment, endOfSegment(path, at))
    this.#tryAll(node.open)
  }

  #tryAll(candidates: readonly Candidate[]): void {
    for (const { order, entry } of candidates) {
      if (order >= this.#order) return
      const captured = entry.match(this.#path, this.#host)
      if (captured === undefined) continue
      this.#order = order
      this.#entry = entry
      this.#captured = captured
      return
    }
  }
}

function collectFitting(node: Node, path: string, at: number, found: Map<RouteEntry, number>): void {
  for (const { entry, order } of at === path.length ? [...node.open, ...node.ending] : node.open)
    found.set(entry, order)
  const child = node.children[path.charCodeAt(at)]
  if (child !== undefined && hasEdge(path, at, child.edge)) collectFitting(child, path, at + child.edge.length, found)
  if (node.segment !== undefined) collectFitting(node.segment, path, endOfSegment(path, at), found)
}

/** Whether `edge`, whose first character is known to be there, stands at `at`. */
function hasEdge(path: string, at: number, edge: string): boolean {
  for (let index = 1; index < edge.length; index += 1) {
    if (path.charCodeAt(at + index) !== edge.charCodeAt(index)) return false
  }
  return true
}

function endOfSegment(path: string, at: number): number {
  const slash = path.indexOf('/', at)
  return slash < 0 ? path.length : slash
}

/** One way on which a rule can be reached. */
interface Branch {
  readonly text: string
  readonly open: boolean
  readonly candidate: Candidate
}

function branchesOf(candidate: Candidate): Branch[] {
  return candidate.entry.skeletons().map(({ text, open }) => ({ text, open, candidate }))
}

/** The node that `branches`, in table order, reach after the first `at` characters of their texts. */
function growNode(edge: string, at: number, branches: readonly Branch[]): Node {
  const here = branches.filter(({ text }) => text.length === at)
  const groups = new Map<number, Branch[]>()
  for (const branch of branches) {
    if (branch.text.length > at) groupOf(groups, branch.text.charCodeAt(at)).push(branch)
  }
  const segment = groups.get(SEGMENT.charCodeAt(0))
  groups.delete(SEGMENT.charCodeAt(0))
  return {
    edge,
    first: branches[0]?.candidate.order ?? Number.POSITIVE_INFINITY,
    ending: here.filter(({ open }) => !open).map(({ candidate }) => candidate),
    open: here.filter(({ open }) => open).map(({ candidate }) => candidate),
    segment: segment && growChild(segment, at),
    children: childrenOf(groups, at),
  }
}

function childrenOf(groups: ReadonlyMap<number, Branch[]>, at: number): readonly (Node | undefined)[] {
  if (groups.size === 0) return []
  const children = Array.from<Node | undefined>({ length: 128 })
  for (const [code, group] of groups) children[code] = growChild(group, at)
  return children
}

function groupOf(groups: Map<number, Branch[]>, code: number): Branch[] {
  const group = groups.get(code) ?? []
  groups.set(code, group)
  return group
}

function growChild(branches: readonly Branch[], at: number): Node {
  const end = commonEnd(
    branches.map(({ text }) => text),
    at,
  )
  return growNode((branches[0]?.text ?? '').slice(at, end), end, branches)
}

/** Up to where texts that have the character at `at` in common go on alike; a segment is an edge of its own. */
function commonEnd([first = '', ...others]: readonly string[], at: number): number {
  let end = at + 1
  if (first[at] === SEGMENT) return end
  while (end < first.length && first[end] !== SEGMENT && others.every((other) => other[end] === first[end])) end += 1
  return end
}

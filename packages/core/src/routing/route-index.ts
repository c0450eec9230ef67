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
import { endOfSegment, type SegmentLayout } from './segment-layout.ts'

/** The rule that a look-up has found so far. */
interface Found {
  /** The rule's position in the table, after all others if there is none. */
  readonly order: number
  readonly entry: RouteEntry | undefined
  /** Given if every path that fits matches, as long as no segment on its way is empty. */
  readonly layout: SegmentLayout | undefined
  /** Given if there is also nothing to capture, so that it is the same for all look-ups. */
  readonly match: RouteMatch | undefined
}

/** A rule that can be reached at a node. */
interface Candidate extends Found {
  readonly entry: RouteEntry
}

const NONE: Found = { order: 0x7fff_ffff, entry: undefined, layout: undefined, match: undefined }

/** Most nodes lack most lists, and share this one, so that look-ups find it in the processor's cache. */
const NOTHING: readonly never[] = []

interface Node {
  /** The codes of the characters on the edge that leads here; {@link SEGMENT} for any text of one segment. */
  readonly edge: readonly number[]
  /** The earliest position of the rules here and below. */
  readonly first: number
  /** Rules that a path which ends here fits, in table order. */
  readonly ending: readonly Candidate[]
  /** Rules that a path fits however it goes on, in table order. */
  readonly open: readonly Candidate[]
  readonly segment: Node | undefined
  /** By the code of the first character of their edge, counted from {@link lowest}. */
  readonly children: readonly (Node | undefined)[]
  readonly lowest: number
}

export class RouteIndex {
  readonly #root: Node
  #host = '' // of the look-up under way
  #captured: CapturedTexts = [] // by the rule found last, if it has no layout

  constructor(entries: readonly RouteEntry[]) {
    const layouts = new Map<string, SegmentLayout>()
    const branches = entries.flatMap((entry, order) => branchesOf(entry, order, layouts))
    this.#root = growNode('', 0, branches, new Map())
  }

  /** The first rule in table order that matches, or `undefined`. */
  find(path: string, host: string): RouteMatch | undefined {
    this.#host = host
    const { entry, order, layout, match } = this.#visit(this.#root, path, 0, false, NONE)
    if (entry === undefined || match !== undefined) return match
    return new RouteMatch(entry, order, path, layout, layout === undefined ? this.#captured : [])
  }

  /** The rules that a path fits as far as their skeletons tell, in table order. */
  fitting(path: string): readonly RouteEntry[] {
    const found = new Map<RouteEntry, number>()
    collectFitting(this.#root, path, 0, found)
    return [...found].sort(([, one], [, other]) => one - other).map(([entry]) => entry)
  }

  /** The earlier one of what was found so far and what is found from a node on. */
  #visit(start: Node, path: string, from: number, emptySegment: boolean, found: Found): Found {
    let node = start
    let at = from
    let empty = emptySegment
    let best = found
    for (;;) {
      if (at === path.length) best = this.#earliest(node.ending, path, empty, best)
      const child = childAt(node, path, at)
      const { segment } = node
      if (node.open.length > 0 || (child !== undefined && segment !== undefined)) {
        return this.#visitBranches(node, child, path, at, empty, best)
      }
      const next = child ?? segment
      if (next === undefined || next.first >= best.order) return best
      const end = child === undefined ? endOfSegment(path, at) : at + child.edge.length
      empty ||= end === at
      node = next
      at = end
    }
  }

  /** Looks below the node first: what is more specific often comes earlier, and then the rest need not be tried. */
  #visitBranches(node: Node, child: Node | undefined, path: string, at: number, empty: boolean, found: Found): Found {
    const { segment, open } = node
    let best = found
    if (child !== undefined && child.first < best.order) {
      best = this.#visit(child, path, at + child.edge.length, empty, best)
    }
    if (segment !== undefined && segment.first < best.order) {
      const end = endOfSegment(path, at)
      best = this.#visit(segment, path, end, empty || end === at, best)
    }
    return this.#earliest(open, path, empty, best)
  }

  #earliest(candidates: readonly Candidate[], path: string, emptySegment: boolean, found: Found): Found {
    for (const candidate of candidates) {
      if (candidate.order >= found.order) return found
      if (candidate.layout === undefined ? this.#matches(candidate.entry, path) : !emptySegment) return candidate
    }
    return found
  }

  #matches(entry: RouteEntry, path: string): boolean {
    const captured = entry.match(path, this.#host)
    if (captured !== undefined) this.#captured = captured
    return captured !== undefined
  }
}

function collectFitting(node: Node, path: string, at: number, found: Map<RouteEntry, number>): void {
  for (const { entry, order } of at === path.length ? [...node.open, ...node.ending] : node.open)
    found.set(entry, order)
  const child = childAt(node, path, at)
  if (child !== undefined) collectFitting(child, path, at + child.edge.length, found)
  if (node.segment !== undefined) collectFitting(node.segment, path, endOfSegment(path, at), found)
}

/** The child whose edge stands in the path at `at`. */
function childAt({ children, lowest }: Node, path: string, at: number): Node | undefined {
  if (children.length === 0 || at >= path.length) return undefined
  const index = path.charCodeAt(at) - lowest
  const child = index >= 0 && index < children.length ? children[index] : undefined
  return child !== undefined && hasEdge(path, at, child.edge) ? child : undefined
}

/** Whether `edge`, whose first character is known to be there, stands at `at`. */
function hasEdge(path: string, at: number, edge: readonly number[]): boolean {
  const { length } = edge
  if (at + length > path.length) return false
  for (let index = 1; index < length; index += 1) {
    if (path.charCodeAt(at + index) !== edge[index]) return false
  }
  return true
}

/** The edges in use, by their text. */
type Edges = Map<string, readonly number[]>

/** One way on which a rule can be reached. */
interface Branch {
  readonly text: string
  readonly open: boolean
  readonly candidate: Candidate
}

/** @param layouts - those in use: rules share them, so that look-ups find them in the processor's cache */
function branchesOf(entry: RouteEntry, order: number, layouts: Map<string, SegmentLayout>): Branch[] {
  return entry.skeletons().map((skeleton) => {
    const { text, open } = skeleton
    const layout = skeleton.layout && shared(skeleton.layout, layouts)
    const match = layout?.gaps.length === 0 ? new RouteMatch(entry, order, '', layout, []) : undefined
    return { text, open, candidate: { order, entry, layout, match } }
  })
}

function shared(layout: SegmentLayout, layouts: Map<string, SegmentLayout>): SegmentLayout {
  const key = JSON.stringify(layout)
  const known = layouts.get(key) ?? layout
  layouts.set(key, known)
  return known
}

/** The node that `branches`, in table order, reach after the first `at` characters of their texts. */
function growNode(edge: string, at: number, branches: readonly Branch[], edges: Edges): Node {
  const here = branches.filter(({ text }) => text.length === at)
  const groups = new Map<number, Branch[]>()
  for (const branch of branches) {
    if (branch.text.length > at) groupOf(groups, branch.text.charCodeAt(at)).push(branch)
  }
  const segment = groups.get(SEGMENT.charCodeAt(0))
  groups.delete(SEGMENT.charCodeAt(0))
  const lowest = groups.size === 0 ? 0 : Math.min(...groups.keys())
  return {
    edge: sharedEdge(edge, edges),
    first: branches[0]?.candidate.order ?? NONE.order,
    ending: candidatesOf(here.filter(({ open }) => !open)),
    open: candidatesOf(here.filter(({ open }) => open)),
    segment: segment && growChild(segment, at, edges),
    children: childrenOf(groups, lowest, at, edges),
    lowest,
  }
}

function childrenOf(
  groups: ReadonlyMap<number, Branch[]>,
  lowest: number,
  at: number,
  edges: Edges,
): readonly (Node | undefined)[] {
  if (groups.size === 0) return NOTHING
  const children = Array.from<Node | undefined>({ length: Math.max(...groups.keys()) - lowest + 1 })
  for (const [code, group] of groups) children[code - lowest] = growChild(group, at, edges)
  return children
}

function sharedEdge(text: string, edges: Edges): readonly number[] {
  const known = edges.get(text) ?? Array.from(text, (char) => char.charCodeAt(0))
  edges.set(text, known)
  return known
}

function candidatesOf(branches: readonly Branch[]): readonly Candidate[] {
  return branches.length === 0 ? NOTHING : branches.map(({ candidate }) => candidate)
}

function groupOf(groups: Map<number, Branch[]>, code: number): Branch[] {
  const group = groups.get(code) ?? []
  groups.set(code, group)
  return group
}

function growChild(branches: readonly Branch[], at: number, edges: Edges): Node {
  const end = commonEnd(
    branches.map(({ text }) => text),
    at,
  )
  return growNode((branches[0]?.text ?? '').slice(at, end), end, branches, edges)
}

/** Up to where texts that have the character at `at` in common go on alike; a segment is an edge of its own. */
function commonEnd([first = '', ...others]: readonly string[], at: number): number {
  let end = at + 1
  if (first[at] === SEGMENT) return end
  while (end < first.length && first[end] !== SEGMENT && others.every((other) => other[end] === first[end])) end += 1
  return end
}

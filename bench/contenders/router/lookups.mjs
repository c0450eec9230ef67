// Nanoseconds for each lookup, of all routers by turns in one process. Arguments: rounds, milliseconds for each measurement.

import findMyWay from 'find-my-way'
import { RequestHandler } from '../../../packages/core/src/request-handler.ts'
import { Router } from '../../../packages/core/src/routing/router.ts' // no entry of the package offers it

const rounds = Number(process.argv[2])
const time = Number(process.argv[3])
const SIZES = [10, 100, 1000]
const LOOKUPS = 1024 // power of two

/** Rules of three forms, as [pattern, a path that it matches]. */
function rules(count) {
  return Array.from({ length: count }, (_, i) => {
    if (i % 3 === 0) return [`/section${i}`, `/section${i}`]
    if (i % 3 === 1) return [`/section${i}/:id`, `/section${i}/a-story`]
    return [`/section${i}/:id/comments/:number`, `/section${i}/a-story/comments/17`]
  })
}

/** Each returns the decoded parameters of a path, or undefined. */
const ROUTERS = {
  typhoon(patterns) {
    const router = new Router(patterns.map((pattern) => [pattern, RequestHandler]))
    return (path) => router.find(path)?.decode()
  },
  'typhoon, parameters not asked for'(patterns) {
    const router = new Router(patterns.map((pattern) => [pattern, RequestHandler]))
    return (path) => router.find(path)
  },
  'find-my-way'(patterns) {
    const router = findMyWay()
    for (const pattern of patterns) router.on('GET', pattern, () => {})
    return (path) => router.find('GET', path)?.params
  },
  'list of regular expressions'(patterns) {
    const list = patterns.map((pattern) => new RegExp(`^${pattern.replace(/:[a-z]+/g, '([^/]+)')}$`))
    return (path) => {
      for (const regex of list) {
        const match = regex.exec(path)
        if (match !== null) return match.slice(1).map(decodeURIComponent)
      }
    }
  },
}

/** Which paths are asked for. */
const MIXES = {
  spread: (paths, i) => paths[(i * 7) % paths.length],
  last: (paths) => paths.at(-1),
  miss: (_paths, i) => `/elsewhere${i % 100}/a-story`,
}

/** One text with all paths, cut anew for each lookup: paths come from a socket, so none has a hash yet. */
function asked(paths, mix) {
  const starts = [0]
  let text = ''
  for (let i = 0; i < LOOKUPS; i++) {
    text += MIXES[mix](paths, i)
    starts.push(text.length)
  }
  return { text: Buffer.from(text).toString('latin1'), starts }
}

let found = 0

/** In CPU time of the process, garbage collection included; other processes may use the same core. */
function measure(find, { text, starts }, milliseconds) {
  const start = performance.now()
  const before = process.cpuUsage()
  let lookups = 0
  while (performance.now() - start < milliseconds) {
    for (let i = 0; i < LOOKUPS; i++) if (find(text.slice(starts[i], starts[i + 1])) !== undefined) found++
    lookups += LOOKUPS
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / lookups
}

function check(name, find, paths) {
  for (const path of paths) if (find(path) === undefined) throw new Error(`${name} does not find ${path}`)
  if (find('/elsewhere/a-story') != null) throw new Error(`${name} finds what is not there`)
}

const results = []
for (const size of SIZES) {
  const table = rules(size)
  const paths = table.map(([, path]) => path)
  const finders = Object.entries(ROUTERS).map(([name, make]) => [name, make(table.map(([pattern]) => pattern))])
  for (const [name, find] of finders) check(name, find, paths)
  for (const mix of Object.keys(MIXES)) {
    const questions = asked(paths, mix)
    for (const [, find] of finders) measure(find, questions, time)
    for (let round = 0; round < rounds; round++) {
      for (const [router, find] of finders) {
        results.push({ size, mix, router, nanoseconds: measure(find, questions, time) })
      }
    }
  }
}
if (found === 0) throw new Error('nothing was found')
console.log(JSON.stringify(results))

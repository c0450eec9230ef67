/**
 * What is published, looked at as the registry will have it: complete, without tests, valid, resolvable, small.
 *
 * The size is that of the tarball, in KiB. A package that outgrows its budget gets a larger one only with a reason.
 */
import { statSync } from 'node:fs'
import { packAll } from './pack.mjs'
import { succeeds } from './workspace.mjs'

const BUDGET = {
  core: 440,
  pubsub: 110,
  static: 100,
  templates: 100,
  websocket: 120,
  typhoon: 60,
  tcp: 100,
  client: 140,
}
const PUBLINT = ['node_modules/publint/src/cli.js', 'run', '--strict']
const ATTW = ['node_modules/@arethetypeswrong/cli/dist/index.js', '--profile', 'esm-only', '--quiet']

const { tarballs } = packAll()
const results = tarballs.map(({ name, filename, files }) => {
  console.log(`\n${name}`)
  const problems = [...problemsOfContent(files), ...problemsOfSize(name, filename)]
  for (const problem of problems) console.error(`${name}: ${problem}`)
  return [problems.length === 0, check(PUBLINT, filename), check(ATTW, filename)].every(Boolean)
})
if (!results.every(Boolean)) process.exitCode = 1

function problemsOfContent(files) {
  const missing = ['LICENSE', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts']
    .filter((file) => !files.includes(file))
    .map((file) => `${file} is missing`)
  const foreign = files
    .filter((file) => /\.test(-d)?\.|tsbuildinfo|fixture/.test(file))
    .map((file) => `${file} does not belong in a package`)
  return [...missing, ...foreign]
}

function problemsOfSize(name, filename) {
  const size = Math.ceil(statSync(filename).size / 1024)
  const budget = BUDGET[name.replace('@typhoon/', '')]
  if (budget === undefined) return ['no size budget in scripts/check-packages.mjs']
  console.log(`${size} KiB of ${budget}`)
  return size > budget ? [`${size} KiB is more than its budget of ${budget}`] : []
}

function check(program, filename) {
  return succeeds(process.execPath, [...program, filename])
}

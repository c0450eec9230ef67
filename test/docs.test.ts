/** The TypeScript in the documentation compiles: every block of every page, in one run of the compiler. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const MAX_FRAGMENTS = 4
/** Variables of the environment, which look like codes. */
const ENVIRONMENT: ReadonlySet<string> = new Set(['TYPHOON_LEAN_RESPONSE', 'TYPHOON_TASK_ID'])

/** A block of code on a page. */
interface Block {
  readonly page: string
  /** Of the page, counted from 1: the line above the first one of the code. */
  readonly line: number
  /** What follows the language: `fragment` for what is no program. */
  readonly note: string
  readonly code: string
}

test('every ts block of the documentation compiles', { timeout: 120_000 }, async () => {
  const blocks = await findBlocks()
  expect(blocks.length).toBeGreaterThan(40) // else the pages were not found
  expect(await compile(blocks.filter(({ note }) => note === ''))).toEqual([])
})

test('few blocks are no programs', async () => {
  const fragments = (await findBlocks()).filter(({ note }) => note !== '')
  expect(fragments.filter(({ note }) => note !== 'fragment')).toEqual([])
  expect(fragments.length).toBeLessThanOrEqual(MAX_FRAGMENTS)
})

test('a block with an error is reported with page and line', { timeout: 120_000 }, async () => {
  const wrong = { page: 'a.md', line: 10, note: '', code: 'class A extends RequestHandler {\n  override got() {}\n}' }
  const right = {
    page: 'b.md',
    line: 1,
    note: '',
    code: "import { HTTPError } from '@typhoon/core'\nnew HTTPError(404)",
  }
  expect(await compile([wrong, right])).toEqual([expect.stringMatching(/^a\.md:12: error TS4113: .*'RequestHandler'/)])
})

test('every code of an error has a place in docs/errors.md', async () => {
  const used = new Set<string>()
  for (const name of await readdir(join(ROOT, 'packages'), { recursive: true })) {
    if (!/^[^/]+\/src\/.*(?<!\.test)\.ts$/.test(name)) continue
    const source = await readFile(join(ROOT, 'packages', name), 'utf8')
    for (const [code] of source.matchAll(/(?<=')TYPHOON_\w+(?=')/g)) used.add(code)
  }
  const page = await readFile(join(ROOT, 'docs/errors.md'), 'utf8')
  const listed = new Set(page.match(/(?<=`)TYPHOON_\w+(?=`)/g))
  expect([...used].filter((code) => !ENVIRONMENT.has(code)).toSorted()).toEqual([...listed].toSorted())
})

async function findBlocks(): Promise<Block[]> {
  const docs = (await readdir(join(ROOT, 'docs'), { recursive: true })).map((name) => join('docs', name))
  const packages = (await readdir(join(ROOT, 'packages'))).map((name) => join('packages', name, 'README.md'))
  const pages = ['README.md', ...docs, ...packages].filter((name) => name.endsWith('.md')).toSorted()
  const found = await Promise.all(pages.map(async (page) => blocksOf(page, await readFile(join(ROOT, page), 'utf8'))))
  return found.flat()
}

function blocksOf(page: string, text: string): Block[] {
  return [...text.matchAll(/^```ts *(.*)\n([\s\S]*?)^```$/gm)].map(({ index, 1: note = '', 2: code = '' }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    note,
    code,
  }))
}

/** What the compiler says of the blocks, each as a module of its own. */
async function compile(blocks: readonly Block[]): Promise<string[]> {
  const cache = join(ROOT, 'node_modules/.cache') // below node_modules the packages are found by their names
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, 'docs-'))
  try {
    const names = await exportedNames()
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    await mkdir(join(directory, 'node_modules'))
    for (const name of OTHERS)
      await symlink(join(ROOT, 'packages/core/node_modules', name), join(directory, 'node_modules', name))
    await writeFile(join(directory, 'placeholders.d.ts'), PLACEHOLDERS)
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(CONFIG))
    const files = blocks.map(({ code }, index) => writeFile(join(directory, `${index}.ts`), asModule(code, names)))
    await Promise.all(files)
    return readErrors(await runCompiler(directory), blocks)
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** Packages that pages show the use of, found where core's tests have them. */
const OTHERS = ['helmet', 'zod']

const CONFIG = {
  extends: join(ROOT, 'tsconfig.test.json'),
  compilerOptions: {
    incremental: false,
    rootDir: '/',
    typeRoots: [join(ROOT, 'node_modules/@types')],
    noUnusedLocals: false, // a page shows a class without its use
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
  },
  include: ['*.ts'],
}

/** What pages speak of without showing it. */
const PLACEHOLDERS = `
type Row = { id: string; title: string; name: string; roles: string[]; bytes: Buffer; changed: Date; revision: string }
type Page = Row
type User = { id: string; name: string }
type BlogEntry = Row
type Message = { text: string }
type Draft = { text: string }
interface Database {
  story(id: string): Promise<Row | undefined>
  page(path: string): Promise<Row | undefined>
  user(id: string): Promise<User | undefined>
  ping(): Promise<void>
  close(): Promise<void>
}
declare const db: Database
declare const database: Database
declare const app: import('@typhoon/core').Application
declare const rules: readonly import('@typhoon/core').Rule[]
declare const cookieSecret: string
declare const url: string
declare const bytes: Uint8Array
declare const z: typeof import('zod').z
declare const key: string
declare const cert: string
declare const site: URL
declare const client: import('@typhoon/client').AsyncHTTPClient
declare class AccountHandler extends Handler {}
declare class AdminHandler extends Handler {}
declare class LoginHandler extends Handler {}
declare class MainHandler extends Handler {}
declare class UserHandler extends Handler {}
declare const Handler: typeof import('@typhoon/core').RequestHandler
declare function notFound(path: string): never
declare function sendReminders(): Promise<void>
declare function show(...values: unknown[]): void
`

/** A block that imports from our packages is whole; any other gets those of their names that it uses, in one line in front. */
function asModule(code: string, names: ReadonlyMap<string, string>): string {
  if (/^import .* from '@?typhoon/m.test(code)) return `export {};\n${code}`
  const words = new Set(code.match(/[A-Za-z]\w*/g))
  const used = [...words].filter((word) => names.has(word) && !isDeclared(code, word))
  const imports = used.map((word) => `import { ${word} } from '${names.get(word)}';`)
  return `${imports.join(' ')} export {};\n${code}`
}

function isDeclared(code: string, name: string): boolean {
  return new RegExp(`\\b(?:class|const|let|function|interface|type) ${name}\\b`).test(code)
}

/** Each name that a package exports, with the package. */
async function exportedNames(): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const name of ['core', 'static', 'websocket', 'pubsub', 'templates', 'client', 'tcp']) {
    const index = await readFile(join(ROOT, `packages/${name}/src/index.ts`), 'utf8')
    for (const { groups } of index.matchAll(/export (?:type )?\{(?<list>[^}]*)\}/g)) {
      for (const each of groups?.['list']?.match(/\w+(?=\s*(?:,|$))/g) ?? []) {
        if (!names.has(each)) names.set(each, `@typhoon/${name}`)
      }
    }
  }
  return names
}

function runCompiler(directory: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [TSC, '-p', directory, '--pretty', 'false', '--listFiles']
    execFile(process.execPath, args, { cwd: directory, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout.includes(join(directory, '0.ts'))) resolve(stdout)
      else reject(new Error(`the compiler did not run: ${stdout}${stderr}`, { cause: error }))
    })
  })
}

function readErrors(output: string, blocks: readonly Block[]): string[] {
  return [...output.matchAll(/^(\S+)\((\d+),\d+\): (error .*(?:\n .*)*)/gm)].map(([, file = '', line, text]) => {
    const block = blocks[Number(/^(\d+)\.ts$/.exec(file)?.[1])]
    return block === undefined ? `${file}:${line}: ${text}` : `${block.page}:${block.line + Number(line) - 1}: ${text}`
  })
}

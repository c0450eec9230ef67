/** Runs the compiler on a program that imports `@typhoon/core` from its sources. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

/** What the compiler says of a program. */
export interface Compilation {
  /** The errors in the program by line, counted from 1, each with the lines that explain it. */
  readonly errors: ReadonlyMap<number, string>
  /** How many times it filled in the parameters of a generic type, a measure of its work that does not depend on the machine. */
  readonly instantiations: number
}

/** Type-checks `source` with the settings of this workspace. */
export async function compile(source: string): Promise<Compilation> {
  const directory = await mkdtemp(join(tmpdir(), 'typhoon-types-'))
  try {
    await writeFile(join(directory, 'main.ts'), source)
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(CONFIG))
    return readOutput(await runCompiler(directory))
  } finally {
    await rm(directory, { recursive: true })
  }
}

const CONFIG = {
  extends: join(ROOT, 'tsconfig.base.json'),
  compilerOptions: {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    rootDir: '/',
    skipLibCheck: true,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: { '@typhoon/core': [join(ROOT, 'packages/core/src/index.ts')] },
  },
  files: ['main.ts'],
}

function runCompiler(directory: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [TSC, '-p', directory, '--pretty', 'false', '--extendedDiagnostics']
    execFile(process.execPath, args, { cwd: directory, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (/Instantiations:\s+[1-9]/.test(stdout)) resolve(stdout)
      else reject(new Error(`the compiler did not run: ${stdout}${stderr}`, { cause: error }))
    })
  })
}

function readOutput(output: string): Compilation {
  const errors = new Map<number, string>()
  for (const { groups } of output.matchAll(/^main\.ts\((?<line>\d+),\d+\): (?<text>.*(?:\n .*)*)/gm)) {
    errors.set(Number(groups?.['line']), groups?.['text'] ?? '')
  }
  return { errors, instantiations: Number(/Instantiations:\s+(\d+)/.exec(output)?.[1]) }
}

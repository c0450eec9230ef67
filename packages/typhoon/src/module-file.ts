/**
 * The module that a command is given: where it is, and what Node needs to run it.
 */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CommandError } from './command.ts'

/** @returns the absolute path @throws {@link CommandError} if there is no such file */
export function findModule(name: string): string {
  const file = resolve(name)
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file
  throw new CommandError(`there is no file ${file}`)
}

/**
 * The URL of what `node --import` needs to run the file: tsx for TypeScript, where it is installed and not already at work.
 *
 * @throws {@link CommandError} if the file is TypeScript and neither tsx nor this Node can run it
 */
export function typescriptLoader(file: string): string | undefined {
  if (!/\.[cm]?tsx?$/.test(file) || process.execArgv.some((argument) => /\btsx\b/.test(argument))) return undefined
  const installed = resolveFrom(file, 'tsx')
  if (installed !== undefined || runsTypeScript()) return installed
  throw new CommandError(`Node ${process.version} cannot run TypeScript by itself: npm install --save-dev tsx`)
}

/** `process.features.typescript` came with Node 22.10; @types/node of the oldest supported version does not know it. */
function runsTypeScript(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript)
}

function resolveFrom(file: string, name: string): string | undefined {
  try {
    return pathToFileURL(createRequire(file).resolve(name)).href
  } catch {
    return undefined // not installed
  }
}

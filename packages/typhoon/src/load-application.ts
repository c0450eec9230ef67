import { pathToFileURL } from 'node:url'
import type { Application, Rule } from '@typhoon/core'
import { CommandError } from './command.ts'
import { findModule, typescriptLoader } from './module-file.ts'

/** An application as commands see it. */
export type LoadedApplication = Pick<Application<readonly Rule[]>, 'routes'>

/**
 * Imports a module and finds the application that it exports, as default or as `app`.
 *
 * @throws {@link CommandError} if the file is not there, throws while it is imported, or exports no application
 */
export async function loadApplication(name: string): Promise<LoadedApplication> {
  const file = findModule(name)
  const loader = typescriptLoader(file)
  if (loader !== undefined) await import(loader) // the same as `node --import`
  const module = await importModule(file)
  for (const candidate of [module['default'], module['app']]) if (isApplication(candidate)) return candidate
  const names = Object.keys(module).join(', ') || 'nothing'
  throw new CommandError(`${file} exports no Application as default or as "app"; it exports ${names}`)
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw new CommandError(`cannot import ${file}: ${reason}`, { cause: error })
  }
}

/** By what it can do, not by its class: the project may have another copy of the package than this command. */
function isApplication(value: unknown): value is LoadedApplication {
  const { routes, reverseUrl } = Object(value) as { routes?: unknown; reverseUrl?: unknown }
  return Array.isArray(routes) && typeof reverseUrl === 'function'
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pnpm } from './workspace.mjs'

/**
 * Packs every published package into a folder outside the workspace, which is gone when the process ends.
 *
 * pnpm adds the licence of the workspace and writes the manifest as the registry will have it.
 *
 * @returns {{ folder: string, tarballs: { name: string, filename: string, files: string[] }[] }}
 */
export function packAll() {
  const folder = mkdtempSync(join(tmpdir(), 'typhoon-pack-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const json = pnpm(['-r', '--filter', './packages/*', 'pack', '--json', '--pack-destination', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const tarballs = JSON.parse(json).map(({ name, filename, files }) => ({
    name,
    filename,
    files: files.map(({ path }) => path),
  }))
  return { folder, tarballs }
}

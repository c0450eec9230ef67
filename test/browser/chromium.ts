/**
 * The Chromium that the browser tests drive. Nothing is downloaded: it has to be on the machine.
 *
 * Where none is found the tests are skipped, which `chromiumPath` is for; under CI that is an error, so that a run
 * there is never green without its browser tests.
 */
import { existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/**
 * Where the browser is, or `undefined` when there is none.
 *
 * @example
 * describe.skipIf(!chromiumPath)('the chat page', () => { … })
 */
export const chromiumPath: string | undefined = findChromium()

if (!chromiumPath) {
  const message = 'No Chromium or Chrome found; install one or set CHROMIUM to its path'
  if (process.env['CI']) throw new Error(`${message}. Under CI the browser tests may not be skipped.`)
  console.warn(`${message}. The browser tests are skipped.`)
}

/** Starts a headless browser; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  if (!chromiumPath) throw new Error('launchBrowser: there is no Chromium on this machine')
  return await chromium.launch({
    executablePath: chromiumPath,
    chromiumSandbox: process.getuid?.() !== 0, // Chromium refuses to run sandboxed as root
    args: [
      '--disable-gpu',
      '--disable-dev-shm-usage', // /dev/shm is 64 MB in a container
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  })
}

function findChromium(): string | undefined {
  const chosen = process.env['CHROMIUM']
  if (!chosen) return [...onPath(), ...usualPlaces()].find(isProgram)
  if (isProgram(chosen)) return chosen
  throw new Error(`CHROMIUM is not a file: ${chosen}`)
}

function onPath(): string[] {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => join(folder, name)))
}

function usualPlaces(): string[] {
  const windows = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => process.env[name] ?? [])
  return [
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ...windows.flatMap((folder) => [
      join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      join(folder, 'Chromium', 'Application', 'chrome.exe'),
    ]),
  ]
}

function isProgram(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

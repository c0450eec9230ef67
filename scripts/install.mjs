// Runs before `npm start` and `npm test`: npx fetches the pinned pnpm once, pnpm installs what is missing.
// Under pnpm itself verifyDepsBeforeRun has already installed.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

if (!process.env.npm_config_user_agent?.startsWith('pnpm/')) {
  const root = new URL('..', import.meta.url)
  const { config } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const env = { ...process.env }
  // npm hands its own settings down as variables, and pnpm would take them for its own.
  for (const name of Object.keys(env)) if (/^npm_/i.test(name)) delete env[name]
  const { status, error } = spawnSync('npx', ['-y', '--prefer-offline', `pnpm@${config.pnpm}`, 'install'], {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32', // npx is a .cmd file there
  })
  if (error) throw error
  process.exitCode = status ?? 1
}

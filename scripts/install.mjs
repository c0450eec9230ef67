// Runs before `npm start` and `npm test`: npx fetches the pinned pnpm once, pnpm installs what is missing.
// Under pnpm itself verifyDepsBeforeRun has already installed.
import { pnpm, rootManifest } from './workspace.mjs'

const [major, minor] = process.versions.node.split('.').map(Number)
const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22

if (!supported) {
  console.error(`Typhoon needs Node.js ${rootManifest.engines.node}; this is ${process.version}.`)
  process.exitCode = 1
} else if (!process.env.npm_config_user_agent?.startsWith('pnpm/')) {
  pnpm(['install'])
}

/** A small site: from a folder, or with SITE=zip out of an archive. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, type Rule, route, securityHeaders } from '@typhoon/core'
import { staticFiles } from '@typhoon/static'
import { buildSite } from './build.ts'
import { packFolder, ZipArchive } from './zip-archive.ts'
import { ZipFileHandler } from './zip-file-handler.ts'

const { PORT = '8888', SITE = 'folder' } = process.env
const contentSecurityPolicy = {
  useDefaults: false,
  directives: { 'default-src': ["'self'"], 'base-uri': ["'none'"], 'frame-ancestors': ["'none'"] },
}

if (SITE !== 'folder' && SITE !== 'zip') {
  console.error(`SITE must be folder or zip, got ${JSON.stringify(SITE)}`)
  process.exit(2)
}
const work = await mkdtemp(join(tmpdir(), 'staticsite-'))
try {
  const site = join(work, 'site')
  await buildSite(new URL('site/', import.meta.url), site)
  const app = new Application(SITE === 'zip' ? await fromZip(site) : fromFolder(site), {
    middleware: [securityHeaders({ contentSecurityPolicy, strictTransportSecurity: false })],
  })
  await app.run({ port: Number(PORT) })
} finally {
  await rm(work, { recursive: true })
}

function fromFolder(site: string): Rule[] {
  return staticFiles(site, { prefix: '/', cleanUrls: true, notFoundPage: '404.html' })
}

async function fromZip(site: string): Promise<Rule[]> {
  const file = join(work, 'site.zip')
  await packFolder(site, file)
  return [route(/\/(.*)/s, ZipFileHandler, { archive: await ZipArchive.open(file), notFoundPage: '404.html' })]
}

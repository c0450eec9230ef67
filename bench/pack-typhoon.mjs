// Packs Typhoon's packages into the folder that it is given, and prints where each one is, as JSON by name.
import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packAll } from '../scripts/pack.mjs'

const { tarballs } = packAll()
const files = tarballs.map(({ name, filename }) => {
  const copy = join(process.argv[2], basename(filename))
  copyFileSync(filename, copy)
  return [name, copy]
})
console.log(JSON.stringify(Object.fromEntries(files)))

// What the applications have in common: where they listen, what they show, and where their access log goes.
import { createWriteStream } from 'node:fs'
import { devNull } from 'node:os'
import { fileURLToPath } from 'node:url'

export const port = Number(process.env.PORT)
export const host = '127.0.0.1'
export const views = fileURLToPath(new URL('views', import.meta.url))
export const secret = '7f3b1c5d9e2a4f6088c1d3e5b7a9f0c2d4e6f8a0b1c3d5e7'
export const log = createWriteStream(devNull)
export const logFile = devNull

export const stories = Array.from({ length: 20 }, (_, i) => ({
  id: i + 1,
  title: `Wind & weather, part ${i + 1}: <what> the sea brought`,
  author: ['Ada', 'Grace', 'Barbara', 'Radia'][i % 4],
  summary: `The wind came up in the night and blew until morning number ${i * 7 + 3}; nobody had seen the like of it.`,
}))

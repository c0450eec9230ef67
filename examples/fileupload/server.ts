/** Takes files: from a browser's form as multipart/form-data, and from programs as the body of a PUT. */
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Application, HTTPError, type HTTPFile, RequestHandler, route } from '@typhoon/core'

const { HOST, PORT = '8888', UPLOADS } = process.env
const directory = UPLOADS ?? (await mkdtemp(join(tmpdir(), 'uploads-')))
await mkdir(directory, { recursive: true })

const MAX_UPLOAD = 10 * 1024 ** 3 // bytes
const NAME = /^[\p{L}\p{N}_-][\p{L}\p{N} ._-]{0,99}$/u

/** The place of a file that somebody else has named: no separators, no leading dot, no control characters. */
function placeOf(name: string): string {
  if (!NAME.test(name)) throw new HTTPError(400, `a name that cannot be used: ${JSON.stringify(name)}`)
  return join(directory, name)
}

class FormHandler extends RequestHandler {
  override get() {
    this.write(`<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Upload</title>
<link rel="icon" href="data:,">
<form method="post" enctype="multipart/form-data">
  <label>Files <input type="file" name="files" multiple required></label>
  <button>Upload</button>
</form>`)
  }

  /** Large files have been written to disk while they arrived; here they only move. */
  override async post() {
    const files = [...this.request.files.values()].flat()
    if (files.length === 0) throw new HTTPError(400, 'no file')
    const places = files.map(({ filename }) => placeOf(filename)) // all names are checked before any file moves
    if (new Set(places).size < places.length) throw new HTTPError(400, 'two files of one name')
    await Promise.all(files.map((file, i) => keep(file, places[i] ?? '')))
    this.setStatus(201)
    this.write({ stored: files.map(({ filename, size }) => ({ filename, size })) })
  }
}

/** What is there is not replaced: the name is the choice of somebody who has never seen the others. */
async function keep(file: HTTPFile, place: string): Promise<void> {
  try {
    await file.moveTo(place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new HTTPError(409, `${place} is there already`, { cause: error })
  }
}

/** `PUT /files/<name>`: the body goes to disk as it arrives, no faster than the disk takes it, and replaces an earlier one. */
class FileHandler extends RequestHandler {
  static readonly streamRequestBody = true
  static readonly maxBodySize = MAX_UPLOAD

  override async put({ name }: { name: string }) {
    const place = placeOf(name)
    const part = join(directory, `.${crypto.randomUUID()}.part`)
    const file = createWriteStream(part, { flags: 'wx', mode: 0o600 })
    try {
      await pipeline(this.request.body, file)
      await rename(part, place) // under its name there is never half a file
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
    this.setStatus(201)
    this.write({ stored: [{ filename: name, size: file.bytesWritten }] })
  }
}

const app = new Application([route('/', FormHandler), route('/files/:name', FileHandler)], {
  maxUploadSize: MAX_UPLOAD,
})
await app.run({
  port: Number(PORT),
  host: HOST,
  onListening: () => app.logger.info({ name: 'fileupload' }, `files go to ${directory}`),
})

import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CookieJar } from './cookie-jar.ts'

const URL_A = 'https://www.a.example/dir/page'

describe('CookieJar (RFC 6265)', () => {
  test.each([
    { cookie: 'a=1', url: 'https://www.a.example/dir/other', sent: true, why: 'the same directory' },
    { cookie: 'a=1', url: 'https://www.a.example/', sent: false, why: 'above its path' },
    { cookie: 'a=1; Path=/', url: 'https://www.a.example/', sent: true, why: 'its own path' },
    { cookie: 'a=1; Path=/', url: 'https://a.example/', sent: false, why: 'of one host only' },
    { cookie: 'a=1; Path=/; Domain=a.example', url: 'https://b.a.example/', sent: true, why: 'of a domain' },
    { cookie: 'a=1; Path=/; Secure', url: 'http://www.a.example/', sent: false, why: 'Secure' },
    { cookie: 'a=1; Path=/; Max-Age=0', url: 'https://www.a.example/', sent: false, why: 'expired' },
    { cookie: 'a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT', url: URL_A, sent: false, why: 'expired' },
  ])('$cookie, for $url: $sent, $why', ({ cookie, url, sent }) => {
    const jar = new CookieJar()
    jar.set(cookie, URL_A)
    expect(jar.header(url)).toBe(sent ? 'a=1' : '')
  })

  test.each([
    { cookie: 'a=1; Domain=b.example', why: 'another site' },
    { cookie: 'a=1; Domain=co.uk', url: 'https://a.co.uk/', why: 'a public suffix' },
    { cookie: '', why: 'nothing' },
    { cookie: `a=${'x'.repeat(4096)}`, why: 'too large' },
    { cookie: `a=1; X=${'x'.repeat(9000)}`, why: 'too long a line' },
  ])('$why: not taken', ({ cookie, url = URL_A }) => {
    const jar = new CookieJar()
    expect(jar.set(cookie, url)).toBe(false)
    expect(jar.all()).toEqual([])
  })

  test('a site that sets cookies without end: the oldest go', () => {
    const jar = new CookieJar({ maxCookiesPerDomain: 3, maxCookies: 5 })
    for (let i = 0; i < 10; i++) jar.set(`c${i}=1; Path=/`, 'https://a.example/')
    expect(jar.header('https://a.example/')).toBe('c7=1; c8=1; c9=1')
    for (let i = 0; i < 10; i++) jar.set(`d=1`, `https://h${i}.example/`)
    expect(jar.all()).toHaveLength(5)
  })

  test('save and load: what is kept, and no one else can read it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'client-jar-'))
    try {
      const path = join(directory, 'cookies.json')
      const jar = new CookieJar()
      jar.set('a=1; Path=/; Max-Age=3600; HttpOnly', URL_A)
      jar.set('__proto__=x; Path=/', URL_A)
      await jar.save(path)
      await jar.save(path)
      expect(await readdir(directory)).toEqual(['cookies.json'])
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      const loaded = await CookieJar.load(path)
      expect(loaded.header(URL_A)).toBe(jar.header(URL_A))
      const [cookie] = loaded.get(URL_A)
      expect(cookie).toMatchObject({ name: 'a', value: '1', domain: 'www.a.example', path: '/', httpOnly: true })
      expect(cookie?.expires?.getTime()).toBeGreaterThan(Date.now())
      await writeFile(path, '{}')
      await expect(CookieJar.load(path)).rejects.toThrow('not a cookie jar')
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  test('clear: nothing is left', () => {
    const jar = new CookieJar()
    jar.set('a=1', URL_A)
    jar.clear()
    expect(jar.all()).toEqual([])
  })
})

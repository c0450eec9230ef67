/** The chat as people meet it: windows of a real browser, and between them and the server a line that can be cut. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ExampleProcess, startExample } from '../example-process.ts'
import { chromiumPath, launchBrowser } from './chromium.ts'

/** Which of the two it is depends on whether the machine that runs the tests has a network. */
const DISCONNECTED = '[data-state="lost"], [data-state="offline"]'

/** Passes connections on to a port; cut, it drops them all and refuses new ones until it is mended. */
class Line {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false

  constructor(port: number) {
    this.#server = createServer((near) => {
      if (this.#isCut) return near.destroy()
      const far = connect(port, 'localhost')
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one)
        one
          .on('error', () => other.destroy())
          .on('close', () => {
            this.#sockets.delete(one)
            other.destroy()
          })
        one.pipe(other)
      }
    })
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, resolve))
    return `http://localhost:${(this.#server.address() as { port: number }).port}` // it listens on TCP
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}

const COOKIE_SECRET = 'the-same-one-for-a-server-that-is-started-again'

let browser: Browser
let chat: ExampleProcess
let line: Line
let url: string
const troubles: string[] = []

/** A window of a browser of its own, of somebody who has signed in. */
async function person(
  name: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext(options)
  onTestFinished(() => context.close())
  const page = await context.newPage()
  page.on('pageerror', (error) => troubles.push(`${name}: ${error.stack}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(`${name}: ${message.text()}`)
  })
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Rooms' }).waitFor()
  return { page, context }
}

async function enter(page: Page, room: string): Promise<void> {
  await page.goto(`${url}/room/${encodeURIComponent(room)}`)
  await connected(page)
}

function connected(page: Page): Promise<void> {
  return page.locator('[data-state="connected"]').waitFor()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message to').fill(text)
  await page.keyboard.press('Enter')
}

/** Waits until a message is in the log as one that the server has accepted. */
function seen(page: Page, text: string): Promise<void> {
  return page.locator('#messages .text').getByText(text, { exact: true }).waitFor()
}

/** Fails for what went wrong in a window: errors of scripts, violations of the content security policy, failed requests. */
function expectNoTroubles(): void {
  expect(troubles.splice(0)).toEqual([])
}

const texts = (page: Page): Promise<string[]> => page.locator('#messages .text').allTextContents()
const names = (page: Page): Promise<string[]> => page.getByRole('complementary').getByRole('listitem').allTextContents()

describe.skipIf(!chromiumPath)('the chat in a browser', () => {
  beforeAll(async () => {
    browser = await launchBrowser()
    chat = await startExample('chat', { COOKIE_SECRET })
    line = new Line(Number(new URL(chat.url).port))
    url = await line.open()
  })
  afterEach(expectNoTroubles)
  afterAll(async () => {
    await browser?.close()
    line?.close()
    await chat?.stop()
  })

  test('two windows: each sees what both say, marked as own or not, and who is there', async () => {
    const [{ page: ann }, { page: ben }] = [await person('Ann'), await person('Ben')]
    await enter(ann, 'Two')
    await enter(ben, 'Two')
    await expect.poll(() => names(ann)).toEqual(['Ann', 'Ben'])
    await expect.poll(() => names(ben)).toEqual(['Ann', 'Ben'])
    await say(ann, 'Hello Ben')
    await seen(ben, 'Hello Ben')
    await say(ben, 'Hello Ann')
    for (const page of [ann, ben]) {
      await seen(page, 'Hello Ann')
      expect(await texts(page)).toEqual(['Hello Ben', 'Hello Ann'])
    }
    expect(await ann.locator('.own .text').allTextContents()).toEqual(['Hello Ben'])
    expect(await ben.locator('.own .text').allTextContents()).toEqual(['Hello Ann'])
    await ben.goto(url)
    await expect.poll(() => names(ann)).toEqual(['Ann'])
    await ben.reload()
    expect(await ben.getByRole('link', { name: 'Two' }).textContent()).toContain('1 person')
  })

  test('a page that is loaded anew: the history is there, once', async () => {
    const { page } = await person('Cleo')
    await enter(page, 'History')
    for (const text of ['one', 'two', 'three']) await say(page, text)
    await seen(page, 'three')
    await page.reload()
    await connected(page)
    expect(await texts(page)).toEqual(['one', 'two', 'three'])
    expect(await page.locator('#messages .day').count()).toBe(1)
  })

  test('the connection breaks: both sides write on, and afterwards everybody has everything once', async () => {
    const [{ page: dora }, { page: emil }] = [await person('Dora'), await person('Emil')]
    await enter(dora, 'Cut')
    await enter(emil, 'Cut')
    await say(dora, 'before')
    await seen(emil, 'before')
    line.cut()
    for (const page of [dora, emil]) await page.locator(DISCONNECTED).waitFor()
    await say(dora, 'from Dora')
    await say(emil, 'from Emil')
    expect(await texts(dora)).toEqual(['before'])
    expect(await dora.locator('#pending .text').allTextContents()).toEqual(['from Dora'])
    line.mend()
    for (const page of [dora, emil]) {
      await seen(page, 'from Dora')
      await seen(page, 'from Emil')
      await connected(page)
      expect((await texts(page)).toSorted()).toEqual(['before', 'from Dora', 'from Emil'])
      expect(await page.locator('#pending li').count()).toBe(0)
    }
    expect(await texts(dora)).toEqual(await texts(emil))
    await expect.poll(() => names(dora)).toEqual(['Dora', 'Emil'])
    troubles.splice(0) // the browser reports connections that fail
  })

  test('the network goes away and comes back: what was said meanwhile is there', async ({ skip }) => {
    const [{ page: finn, context }, { page: gwen }] = [await person('Finn'), await person('Gwen')]
    skip(!(await finn.evaluate(() => navigator.onLine)), 'this machine has no network that could go away')
    await enter(finn, 'Offline')
    await enter(gwen, 'Offline')
    await context.setOffline(true)
    await finn.locator('[data-state="offline"]').waitFor()
    await say(gwen, 'while you were away')
    await seen(gwen, 'while you were away')
    await context.setOffline(false)
    await connected(finn)
    expect(await texts(finn)).toEqual(['while you were away'])
    troubles.splice(0)
  })

  test.each([
    '<script>document.title = "taken over"</script>',
    '<img src=x onerror="document.title = 1">',
    `"'&lt;\u202e`,
    '</textarea></template><b>',
  ])('%j in a message: shown as text, by the server and by the script', async (text) => {
    const { page } = await person('Hedda')
    await enter(page, 'Hostile')
    await say(page, text)
    await seen(page, text)
    await page.reload()
    await connected(page)
    await seen(page, text)
    expect(await page.title()).toBe('Hostile · Typhoon chat')
  })

  test('markup in the names of a person and a room: shown as text', async () => {
    const { page } = await person('<i>Ivo</i> "&amp;')
    await page.getByLabel('Make a room').fill('<b>Room</b>/../"&amp;')
    await page.getByRole('button', { name: 'Enter' }).click()
    await connected(page)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('<b>Room</b>/../"&amp;')
    await expect.poll(() => names(page)).toEqual(['<i>Ivo</i> "&amp;'])
    await say(page, 'hi')
    await seen(page, 'hi')
    expect(await page.locator('#messages .name').textContent()).toBe('<i>Ivo</i> "&amp;')
    const { page: other } = await person('Jo')
    expect(await other.getByRole('link', { name: '<b>Room</b>/../"&amp;' }).textContent()).toContain('1 person')
  })

  test('too many messages at once: the author is told, and gets the text back', async () => {
    const { page } = await person('Kim')
    await enter(page, 'Rate')
    const refusal = page.getByRole('alert').getByText('Too many messages at once')
    let text = ''
    for (let i = 1; !(await refusal.isVisible()); i++) {
      text = `message ${i}`
      await say(page, text)
      await page.locator('#messages .text').getByText(text, { exact: true }).or(refusal).waitFor()
    }
    expect(await page.getByLabel('Message to').inputValue()).toBe(text)
    const accepted = await texts(page)
    expect(accepted).not.toContain(text)
    expect(accepted.length).toBeGreaterThanOrEqual(8)
  })

  test('a name that somebody has: refused, with the field marked and described', async () => {
    const { page } = await person('Lea')
    await enter(page, 'Names')
    const context = await browser.newContext()
    onTestFinished(() => context.close())
    const other = await context.newPage()
    await other.goto(`${url}/sign-in`)
    const field = other.getByLabel('Your name')
    await field.fill(' LEA ')
    await field.press('Enter')
    await other.getByRole('alert').getByText('Somebody who is here now has that name.').waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await field.inputValue()).toBe('LEA')
  })

  test('signed out in another window: the socket ends, and the page says why', async () => {
    const { page, context } = await person('Mo')
    await enter(page, 'Out')
    const other = await context.newPage()
    await other.goto(url)
    await other.getByRole('button', { name: 'Sign out' }).click()
    await other.getByLabel('Your name').waitFor()
    const state = page.getByRole('status')
    await state.getByText('Signed out').waitFor()
    expect(await page.getByLabel('Message to').isVisible()).toBe(true) // what has been written can still be copied
  })

  test('without JavaScript: names, rooms and messages by forms, and a refused message stays in its field', async () => {
    const { page } = await person('Nora', { javaScriptEnabled: false })
    await page.getByLabel('Make a room').fill('Plain')
    await page.getByRole('button', { name: 'Enter' }).click()
    await page.getByLabel('Message to').fill('by a form\nwith two lines')
    await page.getByRole('button', { name: 'Send' }).click()
    expect(new URL(page.url()).pathname).toBe('/room/Plain')
    expect(await texts(page)).toEqual(['by a form\nwith two lines'])
    expect(await page.locator('.own time').textContent()).toMatch(/^\d\d:\d\d UTC$/)
    const { page: reader } = await person('Otto')
    await enter(reader, 'Plain')
    await seen(reader, 'by a form\nwith two lines')
    await page.getByLabel('Message to').fill('  ')
    await page.getByRole('button', { name: 'Send' }).click()
    expect(await page.getByRole('alert').textContent()).toBe('Please write something first.')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Your name').waitFor()
    troubles.splice(0) // the browser reports the 422
  })

  test('a form without the token: refused with a page of the chat', async () => {
    const { page } = await person('Pia')
    const response = await page.request.post(`${url}/room/Lounge`, { form: { text: 'forged' } })
    expect(response.status()).toBe(403)
    expect(await response.text()).toContain('That was not allowed')
  })

  test('somebody who reads further up: stays there, is told how many have come, and can go to the end', async () => {
    const [{ page: quin }, { page: rosa }] = [await person('Quin', { reducedMotion: 'reduce' }), await person('Rosa')]
    await enter(quin, 'Scroll')
    await enter(rosa, 'Scroll')
    for (let i = 1; i <= 3; i++) await say(rosa, Array.from({ length: 20 }, (_, row) => `${i}.${row}`).join('\n'))
    await quin.getByText('3.19').waitFor()
    const log = quin.getByRole('log')
    const end = () => log.evaluate((element) => element.scrollTop)
    expect(await end()).toBe(0)
    await log.evaluate((element) => element.scrollTo(0, -400))
    const place = () => quin.getByText('2.19').evaluate((element) => Math.round(element.getBoundingClientRect().bottom))
    const before = await place()
    await say(rosa, 'news')
    const news = quin.getByRole('button', { name: '1 new message' })
    await news.waitFor()
    expect(Math.abs((await place()) - before)).toBeLessThanOrEqual(1)
    expect(await quin.title()).toMatch(/^\(1\) /)
    await news.click()
    expect(await end()).toBe(0)
    await news.waitFor({ state: 'hidden' })
    expect(await quin.title()).toBe('Scroll · Typhoon chat')
    await say(rosa, 'more')
    await seen(quin, 'more')
    expect(await end()).toBe(0)
  })

  test('both themes and all widths: readable contrast, nothing wider than the window', async () => {
    const { page } = await person('Sam')
    const grounds = new Set<string>()
    for (const path of ['/', '/room/Themes', '/nothing-here']) {
      await page.goto(url + path)
      if (path === '/room/Themes') {
        await connected(page)
        await say(page, 'a word '.repeat(30) + 'x'.repeat(300))
        await page.locator('#messages .text').first().waitFor()
      }
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        grounds.add(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor))
        expect({ path, colorScheme, faint: await faintTexts(page) }).toEqual({ path, colorScheme, faint: [] })
        for (const width of [360, 768, 1280]) {
          await page.setViewportSize({ width, height: 720 })
          const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth)
          expect({ path, scrollWidth }).toEqual({ path, scrollWidth: width })
        }
      }
    }
    expect(grounds.size).toBe(2)
    troubles.splice(0) // the 404 that was asked for
  })

  test('landmarks, names and keyboard: what assistive technology needs is there', async () => {
    const { page } = await person('Tess')
    for (const path of ['/', '/room/Access', '/sign-in']) {
      await page.goto(url + path)
      if (path.startsWith('/room/')) await connected(page)
      expect({ path, problems: await accessProblems(page) }).toEqual({ path, problems: [] })
    }
    await enter(page, 'Access')
    await page.getByRole('log', { name: 'Messages' }).waitFor()
    await page.getByRole('complementary', { name: 'Here now' }).waitFor()
    await page.getByRole('status').getByText('Connected').waitFor()
    expect(await page.getByRole('log').getAttribute('aria-live')).toBe('polite')
    await page.goto(url)
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle)
    expect(outline).toBe('solid')
  })

  test('the server stops and starts again: it ends with 0, the page comes back and says that messages are missing', async () => {
    const { page } = await person('Uma')
    await enter(page, 'Restart')
    await say(page, 'forgotten')
    await seen(page, 'forgotten')
    const { port } = new URL(chat.url)
    expect(await chat.stop()).toBe(0)
    expect(chat.output()).not.toMatch(/^\[E /m)
    await page.locator(DISCONNECTED).waitFor()
    await say(page, 'kept by the page')
    chat = await startExample('chat', { PORT: port, COOKIE_SECRET })
    await seen(page, 'kept by the page')
    await page.getByText('Some messages in between are no longer kept.').waitFor()
    expect(await texts(page)).toEqual(['kept by the page'])
    troubles.splice(0)
  })
})

/** Texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = (color: string) => {
      const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
        const share = value / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const ground = (element: Element | null): string => {
      if (element === null) return 'rgb(255, 255, 255)'
      const { backgroundColor } = getComputedStyle(element)
      return channels(backgroundColor)[3] === 0 ? ground(element.parentElement) : backgroundColor
    }
    const contrast = (one: string, other: string) => {
      const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
      return (light + 0.05) / (dark + 0.05)
    }
    const isShown = (element: Element) => element.checkVisibility() && element.getBoundingClientRect().width > 1
    const hasText = (element: Element) =>
      [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim())
    return [...document.body.querySelectorAll('*')]
      .filter((element) => isShown(element) && hasText(element))
      .map((element) => ({ element, ratio: contrast(getComputedStyle(element).color, ground(element)) }))
      .filter(({ ratio }) => ratio < 4.5)
      .map(
        ({ element, ratio }) =>
          `${element.tagName} ${element.className} "${element.textContent?.trim()}": ${ratio.toFixed(2)}`,
      )
  })
}

/** What is wrong with a page for those who do not see it. */
function accessProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
    const problems: string[] = []
    const check = (holds: boolean, problem: string) => {
      if (!holds) problems.push(problem)
    }
    check(document.documentElement.lang !== '', 'the page has no language')
    check(document.title !== '', 'the page has no title')
    check(all('main').length === 1, 'there is not one main landmark')
    check(all('body > header').length === 1, 'there is not one banner')
    check(all('h1').length === 1, 'there is not one main heading')
    const ids = all('[id]').map(({ id }) => id)
    check(new Set(ids).size === ids.length, `ids are not unique: ${ids.join(' ')}`)
    for (const field of all('input:not([type=hidden]), textarea')) {
      check((field as HTMLInputElement).labels?.length === 1, `no label: ${field.outerHTML}`)
    }
    for (const control of all('a, button'))
      check(control.textContent?.trim() !== '' || !control.checkVisibility(), `no name: ${control.outerHTML}`)
    for (const image of all('img')) check(image.hasAttribute('alt'), `no alt: ${image.outerHTML}`)
    for (const list of all('ul, ol'))
      check(
        [...list.children].every(({ tagName }) => tagName === 'LI'),
        'a list has other children',
      )
    for (const name of ['aria-describedby', 'aria-labelledby', 'for']) {
      for (const element of all(`[${name}]`)) {
        for (const id of element.getAttribute(name)?.split(' ') ?? []) {
          check(document.getElementById(id) !== null, `${name} names nothing: ${id}`)
        }
      }
    }
    for (const { hash } of all('a[href^="#"]') as HTMLAnchorElement[]) {
      check(document.getElementById(hash.slice(1)) !== null, `a link leads nowhere: ${hash}`)
    }
    for (const element of all('[tabindex]')) check(element.tabIndex <= 0, 'the order of focus is changed')
    return problems
  })
}

/** The blog in a real browser: somebody signs up, writes, and somebody else reads. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExampleProcess, startExample } from '../example-process.ts'
import { chromiumPath, launchBrowser } from './chromium.ts'

let browser: Browser
let blog: ExampleProcess
const troubles: string[] = []

describe.skipIf(!chromiumPath)('the blog', () => {
  beforeAll(async () => {
    blog = await startExample('blog')
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser.close()
    await blog.stop()
  })

  test('sign up, write and read: no script is needed, and the policy is never violated', async () => {
    const writer = await openPage({ javaScriptEnabled: true })
    await writer.goto(blog.url)
    await writer.getByRole('link', { name: 'Sign up to write' }).click()
    await writer.getByLabel('Name').fill('Ann')
    await writer.getByLabel('Password').fill('correct horse battery')
    await writer.getByRole('button', { name: 'Sign up' }).click()
    await writer.getByRole('link', { name: 'Write the first entry' }).click()
    await writer.getByLabel('Title').fill('A day at the sea')
    await writer.getByLabel('Text').fill('Wind & waves.\n\n<b>Then</b> rain.\nAnd tea: https://example.com/tea')
    await writer.getByRole('button', { name: 'Publish' }).click()
    await writer.waitForURL('**/entry/a-day-at-the-sea')

    const reader = await openPage({ javaScriptEnabled: false })
    await reader.goto(blog.url)
    await reader.getByRole('link', { name: 'A day at the sea' }).click()
    expect(await reader.locator('article h1').textContent()).toBe('A day at the sea')
    const paragraphs = await reader.locator('article p:not(.byline)').allInnerTexts()
    expect(paragraphs).toEqual(['Wind & waves.', '<b>Then</b> rain.\nAnd tea: https://example.com/tea'])
    expect(await reader.getByRole('link', { name: 'example.com' }).getAttribute('href')).toBe('https://example.com/tea')
    expect(await reader.getByRole('link', { name: 'Edit' }).count()).toBe(0)
    expect(troubles).toEqual([])
  })

  test('a wrong password: the field is marked, and what is wrong is told with it', async () => {
    const page = await openPage({ javaScriptEnabled: true })
    await page.goto(`${blog.url}/compose`)
    await page.getByLabel('Name').fill('Ann')
    await page.getByLabel('Password').fill('wrong horse battery')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    const password = page.getByLabel('Password')
    expect(await password.getAttribute('aria-invalid')).toBe('true')
    const problem = page.locator(`#${await password.getAttribute('aria-describedby')}`)
    expect(await problem.textContent()).toContain('do not belong together')
    await password.fill('correct horse battery')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/compose')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('New entry')
  })

  test('on a narrow screen: no page is wider than it', async () => {
    const page = await openPage({ viewport: { width: 320, height: 640 } })
    for (const path of ['/', '/archive', '/entry/a-day-at-the-sea', '/sign-in']) {
      await page.goto(blog.url + path)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
    }
  })
})

async function openPage(options: Parameters<Browser['newContext']>[0]): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text())
  })
  page.on('pageerror', (error) => troubles.push(error.message))
  return page
}

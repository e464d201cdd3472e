// Owns: the page of examples/chat in Chromium, and what a person does and sees there.
import assert from 'node:assert/strict'
import { after, before, type TestContext } from 'node:test'
import { chromium, type Browser, type Page } from 'playwright-core'
import { start as startExpress } from '../../examples/chat/server.js'
import { start as startKoa } from '../../examples/koa/server.js'
import type { Options } from '../../lib/index.js'
import { programPath } from '../support/provision.js'

const patience = 15_000
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let browser: Browser

before(async () => {
  browser = await chromium.launch({ executablePath: programPath('chromium'), args: flags })
})

after(async () => {
  await browser.close()
})

type Start = typeof startExpress

/** The frameworks on which the chat runs. */
export const frameworks = [
  ['Express', startExpress],
  ['Koa', startKoa],
] as const

/** A chat that is there until its test is over, and that can be away meanwhile. */
export async function serve(t: TestContext, start: Start, options: Options = {}) {
  let chat = await start(0, undefined, options)
  const { url } = chat
  t.after(() => chat.close())
  return {
    url,
    goAway: () => chat.close(),
    comeBack: async () => {
      chat = await start(Number(new URL(url).port), undefined, options)
    },
  }
}

/** A visitor with cookies of his own. */
export async function visit(t: TestContext, url: string): Promise<Page> {
  const context = await browser.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  page.on('pageerror', (error) => {
    assert.fail(error)
  })
  // A JSONP poll that is held holds up the page's load event as well.
  await page.goto(url, { waitUntil: 'domcontentloaded' })
  return page
}

export async function enterAs(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Enter' }).click()
}

export async function visitAs(t: TestContext, url: string, name: string): Promise<Page> {
  const page = await visit(t, url)
  await enterAs(page, name)
  await isIn(page)
  return page
}

export async function isIn(page: Page): Promise<void> {
  await page.locator('#send:enabled').waitFor()
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.keyboard.press('Enter')
}

export const words = (page: Page, text: string) => page.locator('.message .words', { hasText: text })

export const message = (page: Page, text: string) => page.locator('.message', { hasText: text })

export async function delivered(page: Page, text: string): Promise<void> {
  await message(page, text).getByLabel('delivered').waitFor()
}

/** Waits for words, and looks at which client they came from. */
export async function says(page: Page, text: string, client: string): Promise<void> {
  assert.equal(await message(page, text).locator('.client').textContent(), client)
}

/** Waits until these are here, and nobody else. */
export async function peopleAre(page: Page, ...names: string[]): Promise<void> {
  await page.locator('#people-title', { hasText: `People (${names.length})` }).waitFor()
  assert.deepEqual(await page.locator('#people .name').allTextContents(), names)
}

/** A chat with Ada, whose page has that query, and Grace in it. */
export async function adaAndGrace(
  t: TestContext,
  start: Start,
  query = '',
  options?: Options,
): Promise<{ readonly ada: Page; readonly grace: Page }> {
  const { url } = await serve(t, start, options)
  return { ada: await visitAs(t, `${url}/${query}`, 'Ada'), grace: await visitAs(t, url, 'Grace') }
}

// Owns: the chat of examples/ for all who read it: on a phone, by keyboard, by a screen reader, on a slow line, while it is away.
// Elsewhere: what people do in it (chat-example.test.ts), which client and transport they use (chat-clients.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { start } from '../../examples/chat/server.js'
import { adaAndGrace, delivered, enterAs, isIn, message, say, serve, visit, visitAs, words } from './chat-page.js'

const longName = 'Wolfeschlegelsteinhausen'

test('every message has an author for screen readers, those of one person in a row and own ones too', async (t) => {
  const { ada, grace } = await adaAndGrace(t, start)
  for (const text of ['first', 'second']) {
    await say(ada, text)
    await delivered(ada, text)
    await words(grace, text).waitFor()
  }
  for (const page of [ada, grace]) {
    for (const text of ['first', 'second']) assert.match(await message(page, text).ariaSnapshot(), /- text: Ada\n/)
  }
})

test('addresses of web pages in a message are links, and nothing else is', async (t) => {
  const { url } = await serve(t, start)
  const ada = await visitAs(t, url, 'Ada')
  const text =
    'see https://example.com/a?b=c#d, (http://example.org/) or HTTPS://EXAMPLE.NET! javascript:alert(1) data:text/html,x ' +
    'ftp://x https:// "https://example.com/"onclick="alert(1)" <https://example.com/e>'
  await say(ada, text)
  const said = words(ada, 'see https')
  await said.waitFor()
  assert.equal(await said.textContent(), text)
  const links = await said.locator('a').all()
  const found = []
  for (const link of links) found.push(await link.getAttribute('href'))
  assert.deepEqual(found, [
    'https://example.com/a?b=c#d',
    'http://example.org/',
    'HTTPS://EXAMPLE.NET',
    'https://example.com/',
    'https://example.com/e',
  ])
  for (const link of links) {
    assert.equal(await link.textContent(), await link.getAttribute('href'))
    assert.equal(await link.getAttribute('target'), '_blank')
    assert.match((await link.getAttribute('rel')) ?? '', /\bnoopener\b.*\bnoreferrer\b/)
    assert.equal(await link.getAttribute('onclick'), null)
  }
})

for (const client of ['0.9', '4']) {
  test(`what is written while the server is away is sent when it is back, once and in order, by client ${client}`, async (t) => {
    const server = await serve(t, start)
    const ada = await visitAs(t, `${server.url}/?client=${client}`, 'Ada')
    const grace = await visitAs(t, server.url, 'Grace')
    // The rooms are those of all tests of this file.
    const texts = ['one', 'two', 'three'].map((text) => `${text} from ${client}`)
    await server.goAway()
    await ada.getByText('You are not connected.').waitFor()
    for (const text of texts) {
      await say(ada, text)
      await message(ada, text).getByText('Not sent yet').waitFor()
    }
    await server.comeBack()
    await Promise.all([ada, grace].map(isIn))
    for (const text of texts) {
      await delivered(ada, text)
      await words(grace, text).waitFor()
    }
    assert.deepEqual(await words(grace, ` from ${client}`).allTextContents(), texts)
    assert.equal(await ada.getByText('You are not connected.').count(), 0)
  })
}

async function assertFits(page: Page, what: string): Promise<void> {
  // Functions that tsx compiled call this to keep their names.
  await page.evaluate('globalThis.__name = (compiled) => compiled')
  const fit = await page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const isSeen = (one: Element): boolean => {
      for (let each: Element | null = one; each !== null; each = each.parentElement) {
        const { visibility, clipPath } = getComputedStyle(each)
        if (visibility === 'hidden' || clipPath !== 'none') return false
      }
      return one.getBoundingClientRect().width > 0
    }
    const wide = [...document.querySelectorAll('body *')].filter((one) => {
      const { left, right } = one.getBoundingClientRect()
      return isSeen(one) && (right > width + 0.5 || left < -0.5)
    })
    return {
      wide: wide.map(({ tagName, id, className }) => `${tagName} ${id} ${className}`),
      sideways: document.documentElement.scrollWidth - width,
    }
  })
  assert.deepEqual({ what, ...fit }, { what, wide: [], sideways: 0 })
}

test('a window of 320 pixels shows everything, with names of 24 letters on one line', async (t) => {
  const { url } = await serve(t, start)
  const ada = await visit(t, url)
  await ada.setViewportSize({ width: 320, height: 568 })
  await assertFits(ada, 'the login')
  await enterAs(ada, longName)
  await isIn(ada)
  const other = await visitAs(t, url, 'M'.repeat(24))
  await say(other, `a long address: https://example.com/${'x'.repeat(200)}`)
  await words(ada, 'a long address').waitFor()
  await say(ada, 'and mine')
  await delivered(ada, 'and mine')
  await assertFits(ada, 'the chat')
  const about = message(ada, 'a long address').locator('.about')
  assert.ok((await about.evaluate((one) => one.getBoundingClientRect().height)) < 30)
  for (const pane of ['rooms', 'people']) {
    await ada.locator(`#show-${pane}`).click()
    await ada.locator(`#show-${pane}[aria-expanded=true]`).waitFor()
    await ada.locator(`#${pane}-pane`).evaluate((one) => Promise.all(one.getAnimations().map((each) => each.finished)))
    await assertFits(ada, pane)
    await ada.keyboard.press('Escape')
  }
})

test('the keyboard alone is enough', async (t) => {
  const { url } = await serve(t, start)
  const ada = await visit(t, url)
  const focused = () => ada.evaluate(() => document.activeElement?.id ?? '')
  const tabTo = async (id: string): Promise<void> => {
    for (let count = 0; count < 30; count++) {
      if ((await focused()) === id) return
      await ada.keyboard.press('Tab')
    }
    assert.fail(`expected Tab to reach ${id}`)
  }
  await ada.locator('#enter:enabled').waitFor()
  assert.equal(await focused(), 'name')
  await ada.keyboard.type('Ada')
  await ada.keyboard.press('Enter')
  await isIn(ada)
  await ada.locator('#text:focus').waitFor()
  await ada.keyboard.type('by keyboard')
  await ada.keyboard.press('Enter')
  await delivered(ada, 'by keyboard')
  await tabTo('new-room-name')
  await ada.keyboard.type('tea')
  await ada.keyboard.press('Enter')
  await ada.getByRole('heading', { name: 'tea' }).waitFor()
  await tabTo('leave-room')
  await ada.keyboard.press('Space')
  await ada.getByRole('heading', { name: 'lobby' }).waitFor()
  await tabTo('logout')
  await ada.keyboard.press('Enter')
  await ada.locator('#name:focus').waitFor()
})

test('on a slow line the page says what it waits for', async (t) => {
  const { url } = await serve(t, start)
  const page = await visit(t, 'about:blank')
  let goOn = (): void => {}
  const hold = async (pattern: string): Promise<void> => {
    const gate = new Promise<void>((resolve) => (goOn = resolve))
    await page.route(pattern, async (route) => {
      await gate
      await route.continue().catch(() => {})
    })
  }
  const status = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor()

  await hold('**/socket.io/socket.io.js')
  await page.goto(`${url}/?transport=xhr-polling`, { waitUntil: 'domcontentloaded' })
  await status('Loading…')
  await hold('**/socket.io/1/?*').then(() => page.unroute('**/socket.io/socket.io.js'))
  assert.equal(await page.getByRole('button', { name: 'Enter' }).isEnabled(), false)
  goOn()
  await page.reload({ waitUntil: 'domcontentloaded' })
  await page.locator('#enter:enabled').waitFor()

  await page.unrouteAll()
  await hold('**/1/xhr-polling/**')
  await enterAs(page, 'Ada')
  await status('Logging in…')
  assert.equal(await page.getByRole('button', { name: 'Enter' }).isEnabled(), false)
  goOn()
  await isIn(page)
  assert.equal(await page.locator('#waiting').textContent(), '')

  await hold('**/1/xhr-polling/**')
  await page.locator('[data-room=random]').click()
  await status('Opening random…')
  goOn()
  await page.getByRole('heading', { name: 'random' }).waitFor()
})

test('a page that cannot load its client says so', async (t) => {
  const { url } = await serve(t, start)
  const page = await visit(t, 'about:blank')
  page.removeAllListeners('pageerror')
  await page.route('**/socket.io/socket.io.js', (route) => route.abort())
  await page.goto(url, { waitUntil: 'domcontentloaded' })
  await page.getByRole('alert').filter({ hasText: 'The server did not send /socket.io/socket.io.js.' }).waitFor()
  await page.getByRole('button', { name: 'Try again' }).waitFor()
})

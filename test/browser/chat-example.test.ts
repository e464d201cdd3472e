// Owns: the chat of examples/ as a person uses it: two people in Chromium, on Express and on Koa.
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { chromium, type Browser, type Page } from 'playwright-core'
import { start as startExpress } from '../../examples/chat/server.js'
import { start as startKoa } from '../../examples/koa/server.js'
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

/** A chat that is there until its test is over, and that can be away meanwhile. */
async function serve(t: TestContext, start: Start) {
  let chat = await start(0)
  const { url } = chat
  t.after(() => chat.close())
  return {
    url,
    goAway: () => chat.close(),
    comeBack: async () => {
      chat = await start(Number(new URL(url).port))
    },
  }
}

/** A visitor with cookies of his own. */
async function visit(t: TestContext, url: string): Promise<Page> {
  const context = await browser.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  page.on('pageerror', (error) => {
    assert.fail(error)
  })
  await page.goto(url)
  return page
}

async function enterAs(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Enter' }).click()
}

async function visitAs(t: TestContext, url: string, name: string): Promise<Page> {
  const page = await visit(t, url)
  await enterAs(page, name)
  await isIn(page)
  return page
}

async function isIn(page: Page): Promise<void> {
  await page.locator('#send:enabled').waitFor()
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.keyboard.press('Enter')
}

const words = (page: Page, text: string) => page.locator('.message .words', { hasText: text })

const message = (page: Page, text: string) => page.locator('.message', { hasText: text })

async function delivered(page: Page, text: string): Promise<void> {
  await message(page, text).getByLabel('delivered').waitFor()
}

/** Waits for words, and looks at which client they came from. */
async function says(page: Page, text: string, client: string): Promise<void> {
  assert.equal(await message(page, text).locator('.client').textContent(), client)
}

/** Waits until these are here, and nobody else. */
async function peopleAre(page: Page, ...names: string[]): Promise<void> {
  await page.locator('#people-title', { hasText: `People (${names.length})` }).waitFor()
  assert.deepEqual(await page.locator('#people .name').allTextContents(), names)
}

for (const [framework, start] of [
  ['Express', startExpress],
  ['Koa', startKoa],
] as const) {
  test(`two people of the chat on ${framework} see each other and talk`, async (t) => {
    const { url } = await serve(t, start)
    const ada = await visitAs(t, url, 'Ada')
    const grace = await visitAs(t, url, 'Grace')
    await peopleAre(ada, 'Ada', 'Grace')
    await peopleAre(grace, 'Ada', 'Grace')

    await say(ada, `good morning, ${framework}`)
    await words(grace, `good morning, ${framework}`).waitFor()
    await delivered(ada, `good morning, ${framework}`)
    await say(grace, `<b>hello</b> from ${framework}`)
    await words(ada, `<b>hello</b> from ${framework}`).waitFor()

    await grace.close()
    await peopleAre(ada, 'Ada')
    await ada.getByText('Grace left').waitFor()
  })

  test(`the old and the new client of the chat on ${framework} are in one room`, async (t) => {
    const { url } = await serve(t, start)
    const ada = await visitAs(t, url, 'Ada')
    const grace = await visitAs(t, `${url}/?client=4`, 'Grace')
    await peopleAre(ada, 'Ada', 'Grace')
    await peopleAre(grace, 'Ada', 'Grace')

    await say(ada, `from 0.9 on ${framework}`)
    await says(grace, `from 0.9 on ${framework}`, '0.9')
    await delivered(ada, `from 0.9 on ${framework}`)
    await say(grace, `from 4 on ${framework}`)
    await says(ada, `from 4 on ${framework}`, '4')
    await delivered(grace, `from 4 on ${framework}`)

    await ada.getByLabel('Message', { exact: true }).pressSequentially('hm')
    await grace.getByText('Ada is typing…').waitFor()
    await grace.close()
    await peopleAre(ada, 'Ada')
    await ada.getByText('Grace left').waitFor()
  })

  test(`a reload of the chat on ${framework} finds its session logged in`, async (t) => {
    const { url } = await serve(t, start)
    const page = await visitAs(t, url, 'Ada')
    await say(page, `before the reload on ${framework}`)
    await page.getByLabel('delivered').last().waitFor()

    await page.reload()
    await isIn(page)
    assert.equal(await page.locator('#my-name').textContent(), 'Ada')
    await words(page, `before the reload on ${framework}`).waitFor()
  })

  test(`the chat on ${framework} shows that it reconnects, and is itself again when the server is back`, async (t) => {
    const server = await serve(t, start)
    const ada = await visitAs(t, server.url, 'Ada')
    const grace = await visitAs(t, `${server.url}/?transport=xhr-polling`, 'Grace')
    const joan = await visitAs(t, `${server.url}/?client=4`, 'Joan')
    const all = [ada, grace, joan]
    await peopleAre(ada, 'Ada', 'Grace', 'Joan')

    await server.goAway()
    for (const page of all) {
      await page
        .getByRole('status')
        .filter({ hasText: /Reconnecting, attempt \d/ })
        .waitFor()
    }
    assert.equal(await ada.locator('#send').isEnabled(), false)

    await server.comeBack()
    await Promise.all(all.map(isIn))
    await peopleAre(ada, 'Ada', 'Grace', 'Joan')
    for (const page of [grace, joan]) {
      const text = `back on ${framework}, says ${page === grace ? 'Grace' : 'Joan'}`
      await say(page, text)
      await words(ada, text).waitFor()
    }
  })
}

test('a name that somebody has is refused to the next', async (t) => {
  const { url } = await serve(t, startExpress)
  await visitAs(t, url, 'Ada')
  const other = await visit(t, url)
  await enterAs(other, 'ada')
  await other.getByRole('alert').filter({ hasText: 'Somebody is called ada already.' }).waitFor()
  await enterAs(other, 'Grace')
  await isIn(other)
})

test('a room has people and messages of its own', async (t) => {
  const { url } = await serve(t, startExpress)
  const ada = await visitAs(t, url, 'Ada')
  const grace = await visitAs(t, url, 'Grace')

  await ada.getByLabel('Name of another room').fill('Tea')
  await ada.keyboard.press('Enter')
  await ada.getByRole('heading', { name: 'tea' }).waitFor()
  await peopleAre(ada, 'Ada')
  await say(ada, 'is anybody for tea?')

  await grace.locator('[data-room=tea]').click()
  await words(grace, 'is anybody for tea?').waitFor()
  await peopleAre(ada, 'Ada', 'Grace')
  await say(grace, 'yes, please')
  await words(ada, 'yes, please').waitFor()

  await ada.locator('[data-room=lobby]').click()
  await ada.getByRole('heading', { name: 'lobby' }).waitFor()
  assert.equal(await words(ada, 'yes, please').count(), 0)
  await say(grace, 'and a biscuit')
  await ada.locator('[data-room=tea]').getByLabel('1 unread').waitFor()

  await grace.getByRole('button', { name: 'Leave room' }).click()
  await grace.getByRole('heading', { name: 'lobby' }).waitFor()
  await ada.locator('[data-room=tea]').click()
  await peopleAre(ada, 'Ada')
})

test('who types is shown to the others in the room', async (t) => {
  const { url } = await serve(t, startExpress)
  const ada = await visitAs(t, `${url}/?transport=jsonp-polling`, 'Ada')
  const grace = await visitAs(t, url, 'Grace')
  await ada.getByLabel('Message', { exact: true }).pressSequentially('hm')
  await grace.getByText('Ada is typing…').waitFor()
})

test('who logs out is forgotten, and may come back as somebody else', async (t) => {
  const { url } = await serve(t, startExpress)
  const ada = await visitAs(t, url, 'Ada')
  const grace = await visitAs(t, url, 'Grace')
  await grace.getByRole('button', { name: 'Log out' }).click()
  await grace.getByLabel('Your name').waitFor()
  await peopleAre(ada, 'Ada')
  await grace.reload()
  await enterAs(grace, 'Hopper')
  await peopleAre(ada, 'Ada', 'Hopper')
})

test('the transport that is chosen is the one in use after the reload', async (t) => {
  const { url } = await serve(t, startExpress)
  const page = await visitAs(t, url, 'Ada')
  await page.locator('#connection-detail', { hasText: 'websocket' }).waitFor()
  for (const transport of ['xhr-polling', 'jsonp-polling', 'websocket']) {
    await page.getByLabel('Transport').selectOption(transport)
    await page.locator('#connection-detail', { hasText: transport }).waitFor()
    await isIn(page)
    await say(page, `over ${transport}`)
    await delivered(page, `over ${transport}`)
  }
})

test('the client that is chosen is the one in use after the reload, with transports of its own', async (t) => {
  const { url } = await serve(t, startExpress)
  const page = await visitAs(t, `${url}/?transport=jsonp-polling`, 'Ada')
  await page.getByLabel('Client').selectOption('4.x')
  await page.locator('#connection-detail', { hasText: 'websocket' }).waitFor()
  assert.deepEqual(await page.getByLabel('Transport').locator('option').allTextContents(), [
    'auto',
    'websocket',
    'polling',
  ])
  for (const transport of ['polling', 'websocket']) {
    await page.getByLabel('Transport').selectOption(transport)
    await page.locator('#connection-detail', { hasText: transport }).waitFor()
    await isIn(page)
    await say(page, `anew over ${transport}`)
    await says(page, `anew over ${transport}`, '4')
  }
  await page.getByLabel('Client').selectOption('0.9.17')
  await isIn(page)
  await say(page, 'as before')
  await delivered(page, 'as before')
})

test('words that did not get through are sent again on a click, and appear once', async (t) => {
  const { url } = await serve(t, startExpress)
  const ada = await visitAs(t, `${url}/?transport=xhr-polling`, 'Ada')
  const grace = await visitAs(t, url, 'Grace')
  await ada.route('**/1/xhr-polling/**', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  )
  await say(ada, 'can you hear me?')
  await ada.getByText('Not delivered.').waitFor()

  await ada.unrouteAll({ behavior: 'wait' })
  await isIn(ada)
  await ada.getByRole('button', { name: 'Send again' }).click()
  await delivered(ada, 'can you hear me?')
  await words(grace, 'can you hear me?').waitFor()
  assert.equal(await words(grace, 'can you hear me?').count(), 1)
})

test('two pages of one visitor are one person', async (t) => {
  const { url } = await serve(t, startExpress)
  const first = await visitAs(t, url, 'Ada')
  const other = await visitAs(t, url, 'Grace')
  const second = await first.context().newPage()
  await second.goto(url)
  await isIn(second)
  await peopleAre(second, 'Ada', 'Grace')
  await say(second, 'from my other page')
  await words(first, 'from my other page').waitFor()
  await second.close()
  await say(other, 'still there?')
  await words(first, 'still there?').waitFor()
  await peopleAre(other, 'Ada', 'Grace')
})

test("the server's clock ticks on the page", async (t) => {
  const { url } = await serve(t, startExpress)
  const page = await visit(t, url)
  const clock = page.getByLabel("The server's clock")
  await clock.filter({ hasText: /\d:\d\d:\d\d/ }).waitFor()
  const first = await clock.textContent()
  await clock.filter({ hasNotText: first ?? '' }).waitFor()
})

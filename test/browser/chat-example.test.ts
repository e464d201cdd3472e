// Owns: the chat of examples/ as a person uses it: two people in Chromium, on Express and on Koa.
// Elsewhere: which client and transport they use (chat-clients.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start as startExpress } from '../../examples/chat/server.js'
import {
  adaAndGrace,
  delivered,
  enterAs,
  frameworks,
  isIn,
  peopleAre,
  say,
  serve,
  visit,
  visitAs,
  words,
} from './chat-page.js'

for (const [framework, start] of frameworks) {
  test(`two people of the chat on ${framework} see each other and talk`, async (t) => {
    const { ada, grace } = await adaAndGrace(t, start)
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

  test(`a reload of the chat on ${framework} finds its session logged in`, async (t) => {
    const { url } = await serve(t, start)
    const page = await visitAs(t, url, 'Ada')
    await say(page, `before the reload on ${framework}`)
    await page.getByLabel('delivered').last().waitFor()

    await page.reload({ waitUntil: 'domcontentloaded' })
    await isIn(page)
    assert.equal(await page.locator('#my-name').textContent(), 'Ada')
    await words(page, `before the reload on ${framework}`).waitFor()
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
  const { ada, grace } = await adaAndGrace(t, startExpress)

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
  const { ada, grace } = await adaAndGrace(t, startExpress, '?transport=jsonp-polling')
  await ada.getByLabel('Message', { exact: true }).pressSequentially('hm')
  await grace.getByText('Ada is typing…').waitFor()
})

test('who logs out is forgotten, and may come back as somebody else', async (t) => {
  const { ada, grace } = await adaAndGrace(t, startExpress)
  await grace.getByRole('button', { name: 'Log out' }).click()
  await grace.getByLabel('Your name').waitFor()
  await peopleAre(ada, 'Ada')
  await grace.reload({ waitUntil: 'domcontentloaded' })
  await enterAs(grace, 'Hopper')
  await peopleAre(ada, 'Ada', 'Hopper')
})

test('words that did not get through are sent again on a click, and appear once', async (t) => {
  const { ada, grace } = await adaAndGrace(t, startExpress, '?transport=xhr-polling')
  // That she types is said by a POST as well: it has to be through before posts get lost, or she is offline at her Enter.
  await ada.getByLabel('Message', { exact: true }).fill('can you hear me?')
  await grace.getByText('Ada is typing…').waitFor()
  await ada.route('**/1/xhr-polling/**', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  )
  await ada.keyboard.press('Enter')
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

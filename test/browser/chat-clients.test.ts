// Owns: the connections of the chat of examples/: which client and transport make them, and that they come back.
// Elsewhere: what people do in the chat (chat-example.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start as startExpress } from '../../examples/chat/server.js'
import { delivered, frameworks, isIn, peopleAre, say, says, serve, visitAs, words } from './chat-page.js'

for (const [framework, start] of frameworks) {
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

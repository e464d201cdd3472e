// Owns: the chat of examples/ when the connection is lost and the server is not: a network that restarts, a laptop that sleeps.
// Elsewhere: a server that restarts (chat-clients.test.ts, chat-reading.test.ts).
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Options } from '../../lib/index.js'
import { start as startExpress } from '../../examples/chat/server.js'
import { adaAndGrace, delivered, frameworks, isIn, peopleAre, say, words } from './chat-page.js'

const clients = ['', '?transport=xhr-polling', '?client=4', '?client=4&transport=polling']

/** Connections whose client is silent are lost soon. */
const impatient: Options = {
  heartbeatInterval: 500,
  heartbeatTimeout: 1_000,
  pollingDuration: 500,
  closeTimeout: 1_000,
  pingInterval: 500,
  pingTimeout: 1_000,
}

const status = (page: Page, text: string | RegExp) => page.locator('#connection', { hasText: text })

// A chat keeps its last messages for all tests of a process.
let talks = 0
const talk = (...texts: string[]): string[] => texts.map((text) => `${text} of talk ${talks}`)

async function said(page: Page): Promise<string[]> {
  const texts = await page.locator('.message .words').allTextContents()
  return texts.filter((text) => text.endsWith(` of talk ${talks}`))
}

async function sayAll(page: Page, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await say(page, text)
    await delivered(page, text)
  }
}

for (const [framework, start] of frameworks) {
  for (const client of framework === 'Express' ? clients : ['', '?client=4']) {
    test(`nothing is missed when the network restarts, by ${client || 'the old client'} on ${framework}`, async (t) => {
      talks++
      const [before, away, after] = talk('before', 'from away', 'after') as [string, string, string]
      const meanwhile = talk('one', 'two', 'three')
      const { ada, grace } = await adaAndGrace(t, start, client)
      await sayAll(ada, [before])
      await words(grace, before).waitFor()

      await ada.context().setOffline(true)
      await status(ada, 'Reconnecting').waitFor()
      await sayAll(grace, meanwhile)
      await say(ada, away)
      await peopleAre(grace, 'Ada', 'Grace')

      await ada.context().setOffline(false)
      await status(ada, 'Back, nothing missed').waitFor()
      await delivered(ada, away)
      await words(grace, away).waitFor()
      assert.deepEqual(await said(ada), [before, away, ...meanwhile])
      assert.deepEqual(await said(grace), [before, ...meanwhile, away])
      assert.equal(await grace.getByText(/Ada left/).count(), 0)
      await sayAll(ada, [after])
    })
  }
}

for (const client of clients) {
  test(`nothing is missed by a laptop that sleeps, by ${client || 'the old client'}`, async (t) => {
    talks++
    const meanwhile = talk('one', 'two', 'three')
    const { ada, grace } = await adaAndGrace(t, startExpress, client, impatient)
    // No timer of the page runs, and nothing that comes for it is read.
    const laptop = await ada.context().newCDPSession(ada)
    await laptop.send('Debugger.enable')
    await laptop.send('Debugger.pause')
    // The server gives up the connection, and keeps the client.
    await sleep(3_000)
    await sayAll(grace, meanwhile)
    await laptop.send('Debugger.resume')
    await laptop.send('Debugger.disable')

    await status(ada, 'Back, nothing missed').waitFor()
    assert.deepEqual(await said(ada), meanwhile)
    await sayAll(ada, talk('after'))
    await words(grace, 'after').last().waitFor()
    assert.equal(await grace.getByText(/Ada left/).count(), 0)
  })
}

for (const client of ['', '?client=4']) {
  test(`who was away for too long is told how many messages may be missing, by ${client || 'the old client'}`, async (t) => {
    talks++
    const [before] = talk('before') as [string]
    const meanwhile = talk(...Array.from({ length: 53 }, (_, at) => `message ${at + 1}`))
    const { ada, grace } = await adaAndGrace(t, startExpress, client, { recovery: { duration: 300 } })
    await sayAll(grace, [before])
    await words(ada, before).waitFor()

    await ada.context().setOffline(true)
    await status(ada, 'Reconnecting').waitFor()
    await peopleAre(grace, 'Grace')
    for (const text of meanwhile) await say(grace, text)
    await delivered(grace, meanwhile.at(-1) as string)
    await ada.context().setOffline(false)

    await status(ada, 'Back, 3 messages may be missing').waitFor()
    await isIn(ada)
    assert.deepEqual(await said(ada), [before, ...meanwhile.slice(3)])
    await ada.locator('.note', { hasText: '3 messages may be missing' }).waitFor()
  })
}

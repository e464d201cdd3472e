// Owns: the pages of README and getting started in a browser: what one tab says, the other one shows.
// Elsewhere: the same programs installed from the tarball (../package/suite/ten-minutes.ts).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { shareBrowser } from '../support/chromium.js'
import { makeFolder, readBlocks, readPage, removeFolder, startProgram } from '../support/documents.js'

const blocks = readBlocks().filter(({ mark }) => mark !== 'theirs')
const browser = shareBrowser()

for (const [path, program, client] of [
  ['README.md', 'express.js', '4'],
  ['README.md', 'express.js', '09'],
  ['README.md', 'koa.js', '4'],
  ['README.md', 'koa.js', '09'],
  ['docs/getting-started.md', 'start/server.js', '4'],
  ['docs/getting-started.md', 'start/koa.js', '4'],
] as const) {
  test(`the page of ${path} with ${program} and client ${client} shows in one tab what was said in the other`, async (t) => {
    const folder = makeFolder(blocks, client)
    t.after(() => {
      removeFolder(folder)
    })
    writeFileSync(join(folder, 'public', 'index.html'), readPage(path))
    const url = await startProgram(t, folder, program)
    const context = await browser.newContext(t)
    const [ann, bob] = [await context.newPage(), await context.newPage()]
    const errors: Error[] = []
    for (const page of [ann, bob]) {
      page.on('pageerror', (error) => errors.push(error))
      await page.goto(url)
    }
    // Said again until the other tab is connected, too.
    for (let tries = 0; (await bob.locator('li').count()) === 0 && tries < 80; tries++) {
      await ann.locator('input').fill('hello')
      await ann.locator('input').press('Enter')
      await sleep(250)
    }
    for (const page of [ann, bob]) await page.locator('li', { hasText: 'hello' }).first().waitFor({ timeout: 5_000 })
    if (errors.length > 0) throw new AggregateError(errors, errors.join(', '))
  })
}

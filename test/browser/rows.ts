// Owns: the rows of the client in Chromium, and the suites that only a page can run.
import { after, before } from 'node:test'
import { openPage, shareBrowser, type PageClient } from '../support/chromium.js'
import { startPages, startRestartable } from '../support/restartable.js'
import { allSuites } from '../interop/suite/all.js'
import type { Row } from '../interop/suite/row.js'
import { transportsOf, type ModernWay } from '../interop/suite/node-rows.js'
import { wordsOf } from '../interop/suite/words.js'
import { pageSuite } from './page-suite.js'

export type PageRow = Row<PageClient>

/** Runs every suite for one transport, in pages of the server's own origin or of another. */
export function runInPages(transport: PageRow['transport'], origin: 'same origin' | 'cross origin'): void {
  const browser = shareBrowser()
  let pages: Awaited<ReturnType<typeof startPages>>
  before(async () => {
    pages = await startPages()
  })
  after(() => {
    pages.close()
  })
  const isForeign = origin === 'cross origin'
  const row: PageRow = {
    name: `${transport} in Chromium, ${origin}`,
    transport,
    firstTransport: transport,
    words: wordsOf('0.9'),
    async open(t, namespaces, options) {
      const app = await startRestartable(t, namespaces, {
        serveClient: 'socket.io-client-09',
        ...(isForeign && { origins: pages.url }),
        ...options,
      })
      const context = await browser.newContext(t)
      return { app, client: await openPage(t, context, isForeign ? pages.url : app.url, app.url, transport) }
    },
  }
  allSuites(row)
  pageSuite(row)
}

/** The same for the newest client, in pages of the server's own origin. */
export function runModernInPages(way: ModernWay): void {
  const browser = shareBrowser()
  const row: PageRow = {
    name: `client 4 by ${way} in Chromium`,
    ...transportsOf(way),
    words: wordsOf('4'),
    async open(t, namespaces, options) {
      const app = await startRestartable(t, namespaces, { serveClient: 'socket.io-client-4', ...options })
      const context = await browser.newContext(t)
      return { app, client: await openPage(t, context, app.url, app.url, way, { isModern: true }) }
    },
  }
  allSuites(row)
  pageSuite(row)
}

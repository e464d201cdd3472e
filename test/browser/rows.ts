// Owns: the rows of the client in Chromium, and the suites that only a page can run.
import { after, before } from 'node:test'
import { openPage, shareBrowser, type PageClient } from '../support/chromium.js'
import { startPages, startRestartable } from '../support/restartable.js'
import { allSuites } from '../interop/suite/all.js'
import type { Row } from '../interop/suite/row.js'
import { pageSuite } from './page-suite.js'

export type PageRow = Row<PageClient>

const origins = ['same origin', 'cross origin'] as const

/** Runs every suite for one transport, in pages of the server's own origin and of others. */
export function runInPages(transport: PageRow['transport'], from: readonly (typeof origins)[number][] = origins): void {
  const browser = shareBrowser()
  let pages: Awaited<ReturnType<typeof startPages>>
  before(async () => {
    pages = await startPages()
  })
  after(() => {
    pages.close()
  })
  for (const origin of from) {
    const row: PageRow = {
      name: `${transport} in Chromium, ${origin}`,
      transport,
      async open(t, namespaces, options) {
        const isForeign = origin === 'cross origin'
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
}

// Owns: the real clients in pages of Debian's Chromium.
import { after, before, type TestContext } from 'node:test'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { makeKit, type Client, type Kit } from './client-09.js'
import { adaptModern } from './modern-library.js'
import { programPath } from './provision.js'

/** A page with one transport's client in it. */
export interface PageClient extends Client {
  readonly page: Page
}

/** One browser for all tests of a file. */
export function shareBrowser(): {
  newContext(t: TestContext, options?: BrowserContextOptions): Promise<BrowserContext>
} {
  let browser: Browser
  before(async () => {
    browser = await chromium.launch({
      executablePath: programPath('chromium'),
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
  })
  after(() => browser.close())
  return {
    async newContext(t, options) {
      const context = await browser.newContext(options)
      t.after(() => context.close())
      return context
    },
  }
}

// What HTMLFile wants of old Internet Explorers: a document of its own, in a hidden frame here.
const htmlfileStandIn = `
  window.CollectGarbage = function () {}
  window.ActiveXObject = function () {
    const frame = document.createElement('iframe')
    frame.style.display = 'none'
    document.body.appendChild(frame)
    frame.contentDocument.parentWindow = frame.contentWindow
    return frame.contentDocument
  }
`

/** Where a page's client comes from, when it is not what the server serves, and whether it is a newer one. */
export interface PageScript {
  readonly isModern: boolean
  readonly servedBy?: string
}

/** Opens a page of `pages` whose client talks to `url`. Any error in the page's scripts fails the test. */
export async function openPage(
  t: TestContext,
  context: BrowserContext,
  pages: string,
  url: string,
  transport: string,
  { isModern, servedBy = url }: PageScript = { isModern: false },
): Promise<PageClient> {
  const page = await context.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  t.after(() => {
    if (errors.length > 0) throw new AggregateError(errors, `scripts failed in the page: ${errors.join(', ')}`)
  })
  // Functions that tsx compiled call this to keep their names.
  await page.addInitScript('globalThis.__name = (compiled) => compiled')
  if (transport === 'htmlfile') await page.addInitScript(htmlfileStandIn)
  await page.goto(`${pages}/page?script=${encodeURIComponent(`${servedBy}/socket.io/socket.io.js`)}`)
  const library = isModern ? `(${adaptModern.toString()})(io)` : 'io'
  await page.evaluate(
    `window.kit = (${makeKit.toString()})(${library}, ${JSON.stringify(url)}, ${JSON.stringify(transport)})`,
  )
  return {
    page,
    async run<Result, Arg>(step: (kit: Kit, arg: Arg) => Result | Promise<Result>, arg?: Arg): Promise<Result> {
      return page.evaluate<Result>(`(${step.toString()})(kit, ${JSON.stringify(arg)})`)
    },
  }
}

// Owns: the real 0.9.17 client in pages of Debian's Chromium.
import { after, before, type TestContext } from 'node:test'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { makeKit, type Client, type Kit } from './client-09.js'
import { programPath } from './provision.js'

/** A page with one transport's client in it. */
export interface PageClient extends Client {
  readonly page: Page
}

/** One browser for all tests of a file. */
export function shareBrowser(): { newContext(t: TestContext): Promise<BrowserContext> } {
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
    async newContext(t) {
      const context = await browser.newContext()
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

/** Opens a page of `pages` whose client talks to `url`. Any error in the page's scripts fails the test. */
export async function openPage(
  t: TestContext,
  context: BrowserContext,
  pages: string,
  url: string,
  transport: string,
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
  await page.goto(`${pages}/page?script=${encodeURIComponent(`${url}/socket.io/socket.io.js`)}`)
  await page.evaluate(`window.kit = (${makeKit.toString()})(io, ${JSON.stringify(url)}, ${JSON.stringify(transport)})`)
  return {
    page,
    async run<Result, Arg>(step: (kit: Kit, arg: Arg) => Result | Promise<Result>, arg?: Arg): Promise<Result> {
      return page.evaluate<Result>(`(${step.toString()})(kit, ${JSON.stringify(arg)})`)
    },
  }
}

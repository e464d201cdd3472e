// Owns: a page of an old browser, as much of it as the 0.9.17 client's own build needs for jsonp-polling and htmlfile: elements that
// load scripts, post forms and read endless pages. It breaks them as browsers do, whatever a test does to their connections.
// Elsewhere: real browsers (chromium.ts), the transports that a client has in Node by itself (node-client.ts).
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createContext, Script, type Context } from 'node:vm'
import { WebSocket } from 'ws'

const require = createRequire(import.meta.url)
const home = join(require.resolve('socket.io-client-09'), '../..')
const build = new Script(readFileSync(join(home, 'dist/socket.io.js'), 'utf8'), { filename: 'socket.io.js' })
const { XMLHttpRequest } = createRequire(join(home, 'lib/io.js'))('xmlhttprequest') as { XMLHttpRequest: unknown }

/** A transport of the client, whose endless page has ended. */
export interface OldTransport {
  readonly isOpen: boolean
  onClose(): void
}

/** A page that a server has served; the client in it is of the page's own. */
export function openOldPage(url: string, pageEnded: (transport: OldTransport) => void): unknown {
  const { hostname, port, protocol, host } = new URL(url)
  const page: Record<string, unknown> = {
    setTimeout,
    clearTimeout,
    XMLHttpRequest,
    // Without one the client brings its own, which needs Flash.
    WebSocket,
    location: { hostname, port, protocol, host, href: url },
    navigator: { userAgent: 'MSIE 8', platform: '', plugins: {}, mimeTypes: {} },
    addEventListener: () => {},
    CollectGarbage: () => {},
    ActiveXObject: function () {
      return new HtmlDocument(pageEnded)
    },
  }
  const context = createContext(page)
  page['window'] = context
  page['document'] = documentOf(context, hostname, url)
  build.runInContext(context)
  return page['io']
}

function documentOf(context: Context, domain: string, href: string): object {
  const place = {
    insertBefore: (script: ScriptElement) => {
      load(script, href, context)
    },
    appendChild: () => {},
    removeChild: () => {},
  }
  return {
    domain,
    readyState: 'complete',
    documentElement: { style: {} },
    body: place,
    getElementById: () => null,
    getElementsByTagName: () => [{ parentNode: place }],
    createElement: (tag: string) => (tag === 'form' ? new FormElement(href) : new OldElement(place)),
  }
}

class OldElement {
  readonly parentNode: object
  value = ''
  onload: (() => void) | undefined

  constructor(parentNode: object) {
    this.parentNode = parentNode
  }
}

interface ScriptElement {
  readonly src: string
  readonly onerror?: () => void
}

/** A script that comes whole is run, also when its element was removed; one that does not is an error. */
function load(script: ScriptElement, referer: string, context: Context): void {
  const failed = (): void => script.onerror?.()
  const request = http.get(script.src, { headers: { referer } }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (piece: string) => (text += piece))
    response.on('error', failed)
    response.on('end', () => {
      if (response.statusCode === 200) new Script(text).runInContext(context)
      else failed()
    })
  })
  request.on('error', failed)
}

/** The frame that is its target loads whatever comes of it, be it an error's page. */
class FormElement {
  readonly style = {}
  readonly #children = new Set<OldElement>()
  readonly #referer: string
  action = ''

  constructor(referer: string) {
    this.#referer = referer
  }

  setAttribute(): void {}

  appendChild(child: OldElement): void {
    this.#children.add(child)
  }

  removeChild(child: OldElement): void {
    this.#children.delete(child)
  }

  submit(): void {
    const [area] = this.#children
    const headers = { 'content-type': 'application/x-www-form-urlencoded', referer: this.#referer }
    const request = http.request(this.action, { method: 'POST', headers })
    const loaded = (): void => {
      for (const child of this.#children) child.onload?.()
    }
    request.on('response', (response) => response.resume().on('error', loaded).on('end', loaded))
    request.on('error', loaded)
    request.end(`d=${encodeURIComponent(area?.value ?? '')}`)
  }
}

/** The document of its own in which htmlfile has the frame with its endless page; nobody in it is told that it ends. */
class HtmlDocument {
  readonly parentWindow: { s?: OldTransport & { _(text: string, document: object): void } } = {}
  readonly body = { appendChild: () => {} }
  readonly #ended: (transport: OldTransport) => void

  constructor(ended: (transport: OldTransport) => void) {
    this.#ended = ended
  }

  open(): void {}
  write(): void {}
  close(): void {}

  createElement(tag: string): object {
    if (tag === 'div') return { appendChild: () => {} }
    let request: http.ClientRequest | undefined
    const open = (src: string): void => {
      request?.destroy()
      if (src !== 'about:blank') request = this.#read(src)
    }
    return {
      parentNode: { removeChild: () => {} },
      set src(src: string) {
        open(src)
      },
    }
  }

  #read(src: string): http.ClientRequest {
    const transport = this.parentWindow.s
    if (transport === undefined) throw new Error('expected a transport as the page has it')
    let isOver = false
    const over = (): void => {
      if (!isOver) this.#ended(transport)
      isOver = true
    }
    const request = http.get(src, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
        for (;;) {
          const block = /<script>_\((".*?")\);<\/script>/.exec(text)
          if (block === null) return
          text = text.slice(block.index + block[0].length)
          // As a script reads it: JSON, but for the slashes.
          transport._((JSON.parse(block[1] as string) as string).replaceAll('\\/', '/'), {})
        }
      })
      response.on('error', over)
      response.on('end', over)
    })
    request.on('error', over)
    return request
  }
}

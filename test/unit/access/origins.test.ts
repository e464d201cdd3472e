import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import {
  corsHeaders,
  judgeOrigin,
  preflightHeaders,
  readOrigins,
  type Origins,
  type Verdict,
} from '../../../lib/access/origins.js'

const facts = { scheme: undefined, host: 'own.example', address: '127.0.0.1', isSecure: false, url: '/' }

function requestOf(headers: IncomingMessage['headers']): IncomingMessage {
  return { headers } as IncomingMessage
}

async function judge(
  origins: Origins | undefined,
  headers: IncomingMessage['headers'],
  { isScript = false, ...said }: { isScript?: boolean; scheme?: string; host?: string } = {},
): Promise<Verdict> {
  return judgeOrigin(readOrigins(origins), requestOf(headers), { ...facts, ...said }, isScript)
}

async function allows(origins: Origins | undefined, origin: string): Promise<boolean> {
  return (await judge(origins, { origin })).isAllowed
}

test('by default only the same origin is allowed', async () => {
  assert.equal(await allows(undefined, 'https://own.example'), true)
  assert.equal(await allows(undefined, 'http://own.example'), true)
  assert.equal(await allows(undefined, 'https://own.example:8443'), false)
  assert.equal(await allows(undefined, 'https://other.example'), false)
  assert.equal(await allows(undefined, 'null'), false)
  assert.equal(await allows(undefined, ''), false)
})

test('a scheme that a trusted proxy tells is compared', async () => {
  const own = { origin: 'https://own.example' }
  assert.equal((await judge(undefined, own, { scheme: 'https' })).isAllowed, true)
  assert.equal((await judge(undefined, own, { scheme: 'http' })).isAllowed, false)
})

test("the port of the Origin's scheme may be left out on either side", async () => {
  assert.equal((await judge(undefined, { origin: 'https://own.example' }, { host: 'own.example:443' })).isAllowed, true)
  assert.equal((await judge(undefined, { origin: 'http://own.example' }, { host: 'own.example:80' })).isAllowed, true)
  assert.equal((await judge(undefined, { origin: 'http://own.example' }, { host: 'own.example:443' })).isAllowed, false)
})

test("'*' and the 0.9 server's '*:*' allow all, null included", async () => {
  for (const origins of ['*', '*:*']) {
    assert.equal(await allows(origins, 'https://other.example'), true)
    assert.equal(await allows(origins, 'null'), true)
    assert.equal((await judge(origins, {}, { isScript: true })).isAllowed, true)
  }
})

test('listed origins are allowed beside the same one, and compared whole', async () => {
  const origins = ['https://a.example', 'http://b.example:8080/'] as const
  assert.equal(await allows(origins, 'https://a.example'), true)
  assert.equal(await allows(origins, 'http://b.example:8080'), true)
  assert.equal(await allows(origins, 'https://own.example'), true)
  assert.equal(await allows(origins, 'http://a.example'), false)
  assert.equal(await allows(origins, 'https://a.example:8443'), false)
  // [16] The 0.9 server looked for a substring.
  assert.equal(await allows('https://good.example', 'https://d.example'), false)
  assert.equal(await allows('https://good.example', 'https://good.example.evil.example'), false)
})

test('patterns are asked afresh each time, whatever their flags', async () => {
  const origins = ['https://a.example', /^https:\/\/\w+\.example$/g]
  for (let round = 0; round < 3; round++) assert.equal(await allows(origins, 'https://b.example'), true)
  assert.equal(await allows(/\.example$/y, 'https://b.example'), true)
  assert.equal(await allows(/^https:\/\/B\.EXAMPLE$/i, 'https://b.example'), true)
  assert.equal(await allows(origins, 'https://b.example.evil'), false)
})

test('a pattern is asked about the whole origin, and only anchors keep it from matching a part', async () => {
  assert.equal(await allows(/^https:\/\/(?:\w+\.)?a\.example$/, 'https://b.a.example'), true)
  assert.equal(await allows(/^https:\/\/(?:\w+\.)?a\.example$/, 'https://a.example.evil.example'), false)
  assert.equal(await allows(/^https:\/\/(?:\w+\.)?a\.example$/, 'https://evila.example'), false)
  assert.equal(await allows(/a\.example/, 'https://a.example.evil.example'), true)
  assert.equal(await allows(/^https:\/\/a\.example$/m, 'https://a.example'), true)
})

// As the WebViews and browsers of such pages send them.
for (const origin of [
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'file://',
  'null',
  'app://x',
  'app://obsidian.md',
  'chrome-extension://aeblfdkhhhdcdjpifhhbdiojplfjncoa',
  'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc',
  'vscode-webview://1a2b3c',
]) {
  test(`origins may be ${origin}, which is allowed then and nothing beside it`, async () => {
    assert.equal(await allows(origin, origin), true)
    assert.equal(await allows([origin], origin), true)
    assert.equal(await allows(undefined, origin), false)
    for (const other of [`${origin}x`, `x${origin}`, 'https://localhost', 'https://x']) {
      assert.equal(await allows(origin, other), false, other)
    }
  })
}

test('origins are read as people write them', async () => {
  assert.equal(await allows('HTTPS://A.Example', 'https://a.example'), true)
  assert.equal(await allows('https://bücher.example/', 'https://xn--bcher-kva.example'), true)
  assert.equal(await allows('file:///', 'file://'), true)
  assert.equal(await allows('Capacitor://localhost', 'capacitor://localhost'), true)
})

test("the port of an origin's own scheme may stand in the option, and in what a client sends", async () => {
  for (const [origins, same, other] of [
    ['http://host:80', 'http://host', 'http://host:443'],
    ['http://host', 'http://host:80', 'http://host:8080'],
    ['https://host:443', 'https://host', 'https://host:80'],
    ['https://host', 'https://host:443', 'http://host'],
    ['http://[::1]:80', 'http://[::1]', 'http://[::1]:81'],
  ] as const) {
    assert.equal(await allows(origins, same), true, `${same} for ${origins}`)
    assert.equal(await allows(origins, origins), true)
    assert.equal(await allows(origins, other), false, `${other} for ${origins}`)
  }
})

test('only pages of the web have the same origin as a server', async () => {
  for (const origin of ['capacitor://localhost', 'ionic://localhost', 'ftp://localhost', 'file://localhost']) {
    assert.equal((await judge(undefined, { origin }, { host: 'localhost' })).isAllowed, false, origin)
  }
})

test('draft 8 names its origin in a header of its own, which counts where there is no Origin', async () => {
  const header = 'sec-websocket-origin'
  assert.equal((await judge(undefined, { [header]: 'https://other.example' })).isAllowed, false)
  assert.equal((await judge(undefined, { [header]: 'https://own.example' })).isAllowed, true)
  assert.equal((await judge('https://a.example', { [header]: 'https://a.example' })).isAllowed, true)
  const both = { [header]: 'https://own.example', origin: 'https://other.example' }
  assert.equal((await judge(undefined, both)).isAllowed, false)
})

test("a form of JSONP is judged as its page's script tags are, where the page hides its origin", async () => {
  const form = async (headers: IncomingMessage['headers'], method = 'POST', isScript = true): Promise<boolean> => {
    const request = { method, headers: { origin: 'null', ...headers } } as unknown as IncomingMessage
    return (await judgeOrigin(readOrigins(undefined), request, facts, isScript)).isAllowed
  }
  const site = 'sec-fetch-site'
  assert.equal(await form({ [site]: 'same-origin' }), true)
  assert.equal(await form({ [site]: 'same-origin', referer: 'https://own.example/page' }), true)
  assert.equal(await form({ [site]: 'same-origin', referer: 'https://evil.example/page' }), false)
  for (const other of ['cross-site', 'same-site', 'none', '']) {
    assert.equal(await form({ [site]: other, referer: 'https://own.example/page' }), false, other)
  }
  // A frame that its page does not trust has the page's address as its Referer.
  assert.equal(await form({ referer: 'https://own.example/page' }), false)
  assert.equal(await form({}), false)
  assert.equal(await form({ [site]: 'same-origin' }, 'GET'), false)
  assert.equal(await form({ [site]: 'same-origin' }, 'POST', false), false)
})

test('no page is told that "null" may read an answer because its form was let in', async () => {
  const headers = { origin: 'null', 'sec-fetch-site': 'same-origin' }
  const request = { method: 'POST', headers } as unknown as IncomingMessage
  const verdict = await judgeOrigin(readOrigins(undefined), request, facts, true)
  assert.equal(corsHeaders(verdict, headers.origin, false)['Access-Control-Allow-Origin'], undefined)
})

for (const [asked, told] of [
  [undefined, 'Content-Type'],
  ['', 'Content-Type'],
  ['authorization', 'authorization'],
  ['authorization,content-type,x-custom', 'authorization,content-type,x-custom'],
  ['Authorization, X-Token', 'Authorization, X-Token'],
  ['x'.repeat(1024), 'x'.repeat(1024)],
  ['x'.repeat(1025), 'Content-Type'],
  ['a b', 'Content-Type'],
  ['a,,b', 'Content-Type'],
  ['a;b', 'Content-Type'],
  ['a\nb: c', 'Content-Type'],
  ['ä', 'Content-Type'],
] as const) {
  test(`a preflight that asks for ${asked === undefined ? 'no headers' : JSON.stringify(asked.slice(0, 40))} may send ${told.slice(0, 40)}`, () => {
    const headers = { 'access-control-request-headers': asked, 'access-control-request-private-network': 'true' }
    assert.deepEqual(preflightHeaders(requestOf(headers)), {
      'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
      'Access-Control-Allow-Headers': told,
      'Access-Control-Max-Age': '3600',
    })
  })
}

test('an Origin that is more than an origin is not the one that is listed', async () => {
  for (const origin of [
    'https://a.example/',
    'https://a.example#',
    'https://x@a.example',
    'https://A.example',
    ' https://a.example',
  ]) {
    assert.equal(await allows('https://a.example', origin), false, origin)
  }
  for (const origin of ['https://own.example/x', 'https://own.example#', 'https://x@own.example']) {
    assert.equal(await allows(undefined, origin), false, origin)
  }
})

test("a Host that is no host is nobody's origin", async () => {
  for (const host of ['', 'own.example/x', 'x@own.example', 'own.example#', 'a b']) {
    assert.equal((await judge(undefined, { origin: 'https://own.example' }, { host })).isAllowed, false, host)
  }
})

test('a function decides on all origins, the same one included', async () => {
  assert.equal(await allows(() => false, 'https://own.example'), false)
  assert.equal(await allows((origin) => origin === 'null', 'null'), true)
  assert.equal(await allows((origin) => Promise.resolve(origin === 'https://a.example'), 'https://a.example'), true)
  assert.equal(await allows(() => Promise.resolve(false), 'https://own.example'), false)
})

function refusesToBeAsked(): never {
  throw new Error('asked')
}

test('a function is not asked about a request without an origin', async () => {
  assert.equal((await judge(refusesToBeAsked, {})).isAllowed, true)
  assert.equal((await judge(refusesToBeAsked, {}, { isScript: true })).isAllowed, false)
})

test("a function is asked about a script's Referer, by its origin", async () => {
  const asked: string[] = []
  const verdict = await judge(
    (origin) => {
      asked.push(origin)
      return true
    },
    { referer: 'https://a.example/page?secret=1' },
    { isScript: true },
  )
  assert.deepEqual(asked, ['https://a.example'])
  assert.equal(verdict.isAllowed, true)
})

test('Referer and Sec-Fetch-Site count for scripts only', async () => {
  const referer = 'https://other.example/page'
  assert.equal((await judge(undefined, { referer })).isAllowed, true)
  assert.equal((await judge(undefined, { referer }, { isScript: true })).isAllowed, false)
  assert.equal((await judge(undefined, { referer: 'about:blank' }, { isScript: true })).isAllowed, false)
  assert.equal((await judge(undefined, { 'sec-fetch-site': 'same-origin' }, { isScript: true })).isAllowed, true)
  assert.equal((await judge(undefined, { 'sec-fetch-site': 'none' }, { isScript: true })).isAllowed, false)
})

async function headersFor(headers: IncomingMessage['headers'], isScript = false): Promise<Record<string, string>> {
  return corsHeaders(await judge('https://a.example', headers, { isScript }), headers.origin, isScript)
}

test('CORS headers go to an allowed Origin only, and never to a Referer', async () => {
  assert.equal((await headersFor({ origin: 'https://a.example' }))['Access-Control-Allow-Origin'], 'https://a.example')
  assert.equal((await headersFor({ origin: 'https://b.example' }))['Access-Control-Allow-Origin'], undefined)
  const script = await headersFor({ referer: 'https://a.example/page' }, true)
  assert.equal(script['Access-Control-Allow-Origin'], undefined)
  assert.equal(script['Cross-Origin-Resource-Policy'], 'cross-origin')
})

for (const [origins, told] of [
  ['a.example', '"a.example"'],
  ['a.example:80', '"a.example:80"'],
  ['https://a.example/path', '"https://a.example/path"'],
  ['https://user@a.example', '"https://user@a.example"'],
  ['https://', '"https://"'],
  ['https://*.example', '"https://*.example"'],
  ['https://a.example:99999', '"https://a.example:99999"'],
  ['capacitor:localhost', '"capacitor:localhost"'],
  ['file:///index.html', '"file:///index.html"'],
  ['1app://x', '"1app://x"'],
  ['', '""'],
  [['https://a.example', '*'], '"*"'],
  [['https://a.example', 5], '5'],
  [5, '5'],
  [true, 'true'],
  [{}, 'an object'],
] as const) {
  test(`origins cannot be ${JSON.stringify(origins)}`, () => {
    assert.throws(() => readOrigins(origins as never), {
      code: 'SIO_USAGE_OPTION',
      message: `expected option origins to be '*', origins like https://example.com, RegExps or a function, got ${told}`,
    })
  })
}

test('a function is asked about the same origin of a script that shows no page', async () => {
  const sameOrigin = { 'sec-fetch-site': 'same-origin' }
  const askedWith = async (said: { scheme?: string; host?: string }, answer: boolean) => {
    const asked: string[] = []
    const origins = (origin: string): boolean => {
      asked.push(origin)
      return answer
    }
    const { isAllowed } = await judge(origins, sameOrigin, { isScript: true, ...said })
    return [isAllowed, ...asked]
  }
  assert.deepEqual(await askedWith({}, false), [false, 'https://own.example'])
  assert.deepEqual(await askedWith({}, true), [true, 'https://own.example'])
  // Browsers say "same-origin" over TLS, and to their own machine.
  assert.deepEqual(await askedWith({ host: 'localhost:3000' }, true), [true, 'http://localhost:3000'])
  assert.deepEqual(await askedWith({ host: '127.0.0.1:3000' }, true), [true, 'http://127.0.0.1:3000'])
  assert.deepEqual(await askedWith({ host: 'localhost:3000', scheme: 'https' }, true), [true, 'https://localhost:3000'])
  assert.deepEqual(await askedWith({ host: 'own.example:443' }, true), [true, 'https://own.example'])
  assert.deepEqual(await askedWith({ host: 'a b' }, true), [false])
  assert.equal((await judge('https://other.example', sameOrigin, { isScript: true })).isAllowed, true)
})

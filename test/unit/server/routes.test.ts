import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findRoute, readRoute, type Route } from '../../../lib/server/routes.js'

type Told = Partial<Pick<Route, 'kind' | 'mount' | 'transport' | 'sid' | 'revision' | 'callback' | 'search'>>

/** All that a route says, in short: what is empty is left out. */
function told(route: Route | undefined): Told | undefined {
  if (route === undefined) return undefined
  const { kind, mount, transport, sid, revision, callback } = route
  const said = { mount, transport, sid, revision, callback }
  return {
    kind,
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== '' && value !== undefined)),
  }
}

const rows: readonly (readonly [url: string, route: Told | undefined])[] = [
  ['/socket.io/1', { kind: 'handshake' }],
  ['/socket.io/1/', { kind: 'handshake' }],
  ['/socket.io/1//', { kind: 'handshake' }],
  ['/socket.io/1/?t=1', { kind: 'handshake' }],
  ['/socket.io/1/?t=1&jsonp=7', { kind: 'handshake', callback: '7' }],
  ['/socket.io/1/?jsonp=7&jsonp=8', { kind: 'handshake', callback: '7' }],
  ['/socket.io/1/?xjsonp=7&jsonpx=8', { kind: 'handshake' }],
  ['/socket.io/1/?disconnect=1', { kind: 'handshake' }],
  ['/socket.io/1/xhr-polling/SID', { kind: 'transport', transport: 'xhr-polling', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/SID/', { kind: 'transport', transport: 'xhr-polling', sid: 'SID' }],
  ['/socket.io/1/xhr-polling', { kind: 'transport', transport: 'xhr-polling' }],
  ['/socket.io/1/xhr-polling/', { kind: 'transport', transport: 'xhr-polling' }],
  ['/socket.io/1/websocket/SID?a=b', { kind: 'transport', transport: 'websocket', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/%53ID%2F', { kind: 'transport', transport: 'xhr-polling', sid: 'SID/' }],
  ['/socket.io/1/xhr-polling/%2553ID', { kind: 'transport', transport: 'xhr-polling', sid: '%53ID' }],
  ['/socket.io/1/xhr-polling/%zz', { kind: 'transport', transport: 'xhr-polling', sid: '%zz' }],
  ['/socket.io/1/xhr-polling/__proto__', { kind: 'transport', transport: 'xhr-polling', sid: '__proto__' }],
  ['/socket.io/1/constructor/toString', { kind: 'transport', transport: 'constructor', sid: 'toString' }],
  [
    '/socket.io/1/jsonp-polling/SID?i=2&t=1',
    { kind: 'transport', transport: 'jsonp-polling', sid: 'SID', callback: '2' },
  ],
  ['/socket.io/1//SID/?disconnect=1', { kind: 'disconnect', sid: 'SID' }],
  ['/socket.io/1//SID?disconnect', { kind: 'disconnect', sid: 'SID' }],
  // As Apache, which makes one slash of two, passes it on.
  ['/socket.io/1/SID/?disconnect=1', { kind: 'disconnect', sid: 'SID' }],
  ['/socket.io/1/SID?disconnect=1', { kind: 'disconnect', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/SID?t=1&disconnect=True', { kind: 'disconnect', transport: 'xhr-polling', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/SID?t=disconnect', { kind: 'transport', transport: 'xhr-polling', sid: 'SID' }],
  ['/socket.io/2/', { kind: 'unknown version' }],
  ['/socket.io/0/', { kind: 'unknown version' }],
  ['/socket.io/01/', { kind: 'unknown version' }],
  ['/socket.io/?transport=polling', { kind: 'engine', transport: 'polling' }],
  ['/socket.io/?EIO=4', { kind: 'engine', revision: '4' }],
  ['/socket.io?EIO=4&transport=polling', { kind: 'engine', revision: '4', transport: 'polling' }],
  ['/socket.io/?EIO=4&transport=polling&sid=', { kind: 'engine', revision: '4', transport: 'polling' }],
  ['/socket.io/?EIO=4&transport=polling&sid', { kind: 'engine', revision: '4', transport: 'polling' }],
  ['/socket.io/?EIO=4&transport=polling&sid=&sid=B', { kind: 'engine', revision: '4', transport: 'polling' }],
  [
    '/socket.io/?EIO=4&EIO=3&sid=A&transport=polling&sid=B',
    { kind: 'engine', revision: '4', transport: 'polling', sid: 'A' },
  ],
  ['/socket.io/?EIO=4&transport=polling&sid=%41b', { kind: 'engine', revision: '4', transport: 'polling', sid: 'Ab' }],
  [
    '/socket.io/?EIO=4&transport=polling&s%69d=A+b',
    { kind: 'engine', revision: '4', transport: 'polling', sid: 'A b' },
  ],
  [
    '/socket.io/?EIO=4&transport=polling&sid=%2541',
    { kind: 'engine', revision: '4', transport: 'polling', sid: '%41' },
  ],
  ['/socket.io/?EIO=4&transport=polling&xsid=A&sidx=B', { kind: 'engine', revision: '4', transport: 'polling' }],
  ['/socket.io/?EIO=3&transport=polling&j=0', { kind: 'engine', revision: '3', transport: 'polling', callback: '0' }],
  ['/socket.io/socket.io.js', { kind: 'client file' }],
  ['/socket.io/socket.io.js?v=1', { kind: 'client file' }],
  ['/socket.io/seen.js', { kind: 'seen file' }],
  ['/socket.io/seen.js?v=1', { kind: 'seen file' }],
  ['/', undefined],
  ['', undefined],
  ['*', undefined],
  ['/socket.io', undefined],
  ['/socket.io/', undefined],
  ['/socket.io/?t=EIO', undefined],
  ['/socket.io?t=transport=', undefined],
  ['/socket.io//?EIO=4', undefined],
  ['//?EIO=4', undefined],
  ['//socket.io/?EIO=4', undefined],
  ['xsocket.io/1/', undefined],
  ['/socket.iofoo/1/', undefined],
  ['/socket.iofoo?EIO=4', undefined],
  ['/xsocket.io/1/', undefined],
  ['/socketxio/1/', undefined],
  ['/rt/socket.io/1/', undefined],
  ['/rt/socket.io/?EIO=4', undefined],
  ['/socket.io/abc/', undefined],
  ['/socket.io/1.0/', undefined],
  ['/socket.io/1/a/b/c', undefined],
  ['/socket.io/any/socket.io.js', undefined],
  ['/socket.io/any/seen.js', undefined],
  ['/socket.io/seen.js/', undefined],
  ['/socket.io/seen.jsx', undefined],
]

for (const [url, route] of rows) {
  test(`${url} is ${route === undefined ? 'not ours' : `a ${route.kind} route`}`, () => {
    assert.deepEqual(told(readRoute('socket.io', url)), route)
  })

  if (route === undefined) continue
  const { kind, ...rest } = route
  test(`${url} is read in the same way under a mount that nobody knows`, () => {
    for (const mount of ['', '/rt', '/a/b', '/socket.io', '/rt/socket.io/1']) {
      const found = findRoute('socket.io', mount + url)
      assert.deepEqual(told(found), { kind, ...(mount !== '' && { mount }), ...rest })
    }
  })
}

// RFC 9112, 3.2.2: a target may name its host.
for (const [target, path] of [
  ['http://host/socket.io/1/', '/socket.io/1/'],
  ['HTTPS://host:3000/socket.io/1/websocket/SID', '/socket.io/1/websocket/SID'],
  ['http://host/socket.io?EIO=4', '/socket.io?EIO=4'],
  ['http://socket.io/socket.io/?EIO=4', '/socket.io/?EIO=4'],
  ['http://[::1]:80/socket.io/?EIO=4&sid=http://x/', '/socket.io/?EIO=4&sid=http://x/'],
] as const) {
  test(`${target} is read as its path`, () => {
    assert.deepEqual(readRoute('socket.io', target), readRoute('socket.io', path))
    const below = target.replace('/socket.io', '/rt/socket.io')
    const mounted = target.startsWith('http://socket.io') ? 'http://socket.io/rt/socket.io/?EIO=4' : below
    assert.deepEqual(findRoute('socket.io', mounted), findRoute('socket.io', `/rt${path}`))
    // As what is left of a URL whose mount has been taken off.
    assert.equal(readRoute('socket.io', path)?.mount, '/rt')
  })
}

for (const target of [
  'http://socket.io/?EIO=4',
  'http://socket.io/1/',
  'http://socket.io?EIO=4',
  'http://host?x=/socket.io/?EIO=4',
  'http:/socket.io/?EIO=4',
  'http://host',
]) {
  test(`${target} is not ours, with a host of that name`, () => {
    assert.equal(readRoute('socket.io', target), undefined)
    assert.equal(findRoute('socket.io', target.replace('http:/socket', 'http:socket')), undefined)
  })
}

test('what stands behind the question mark is kept as it is', () => {
  assert.equal(readRoute('socket.io', '/socket.io/1/?a=%20b?c')?.search, 'a=%20b?c')
  assert.equal(readRoute('socket.io', '/socket.io/1/')?.search, '')
})

for (const [url, isOurs] of [
  ['/socket.io/1/websocket/SID', true],
  ['/socket.io/1/flashsocket/SID?t=1', true],
  ['/rt/deep/socket.io/1/websocket/SID', true],
  ['/socket.io/?EIO=4&transport=websocket', true],
  ['/socket.io?EIO=4&transport=websocket', true],
  ['/socket.io/?transport=websocket', true],
  ['/rt/socket.io?transport=websocket&EIO=3', true],
  ['/socket.io/1/websocket', false],
  ['/socket.io/1/websocketfoo/SID', false],
  ['/socket.io/1/xhr-polling/SID', false],
  ['/socket.io/1/', false],
  ['/socket.io/2/websocket/SID', false],
  ['/xsocket.io/1/websocket/SID', false],
  ['/xsocket.io?EIO=4', false],
  ['/socket.iox/?EIO=4', false],
  ['/other?path=/socket.io/1/websocket/SID', false],
  ['/other?EIO=4', false],
  ['/', false],
  ['', false],
] as const) {
  test(`an upgrade of "${url}" ${isOurs ? 'may be' : 'is not'} ours`, () => {
    assert.equal(findRoute('socket.io', url)?.mayUpgrade ?? false, isOurs)
  })
}

test('a resource is taken literally, dots and slashes included', () => {
  assert.equal(findRoute('a.b/c', '/rt/a.b/c/1/websocket/SID')?.mount, '/rt')
  assert.equal(findRoute('a.b/c', '/axb/c/1/websocket/SID'), undefined)
  assert.equal(readRoute('a.b/c', '/a.b/c/1/')?.kind, 'handshake')
})

for (const [url, maySkipApp] of [
  ['/socket.io/1/xhr-polling/SID?t=1', true],
  ['/rt/socket.io/1/xhr-polling/SID/', true],
  ['/socket.io/1/xhr-polling/', false],
  ['/socket.io/1/xhr-polling/SID?disconnect=1', false],
  ['/socket.io/1/jsonp-polling/SID?t=1&i=0', false],
  ['/socket.io/1/websocket/SID', false],
  ['/socket.io/1/', false],
  ['/socket.io/?EIO=4&transport=polling&t=x&sid=SID', true],
  ['/rt/socket.io/?sid=SID&transport=polling&EIO=3', true],
  ['/socket.io?sid=SID&transport=polling', true],
  ['/socket.io/?EIO=4&transport=polling', false],
  ['/socket.io/?EIO=4&transport=polling&sid=', false],
  ['/socket.io/?EIO=4&transport=websocket&sid=SID', false],
  ['/socket.io/?EIO=4&xtransport=polling&sid=SID', false],
  ['/socket.io/?EIO=3&transport=polling&j=0&sid=SID', false],
  ['/other/?EIO=4&transport=polling&sid=SID', false],
] as const) {
  test(`${url} ${maySkipApp ? 'may be served before' : 'is for'} the app`, () => {
    assert.equal(findRoute('socket.io', url)?.maySkipApp ?? false, maySkipApp)
  })
}

test('what was read last is not taken for another URL, another resource or another mount', () => {
  for (const [resource, found, read, kind] of [
    ['socket.io', '/rt/socket.io/1/', '/socket.io/1/', 'handshake'],
    ['socket.io', '/rt/socket.io/1/', '/rt/socket.io/1/', undefined],
    ['socket.io', '/rt/socket.io/1/', '/socket.io/2/', 'unknown version'],
    ['socket.io', '/rt/socket.io/1/', '/1/', undefined],
    ['io', '/rt/io/io/1/', '/io/1/', 'handshake'],
    ['io', '/rt/io/io/1/', '/io/io/1/', undefined],
    ['io', '/io?EIO=4', '/io?EIO=4', 'engine'],
    ['io', '/other', '/other', undefined],
  ] as const) {
    findRoute(resource, found)
    assert.equal(readRoute(resource, read)?.kind, kind, `${read} behind ${found}`)
  }
  findRoute('socket.io', '/socket.io/1/')
  assert.equal(readRoute('other', '/socket.io/1/'), undefined)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUpgradePath, readLivePoll, readRoute } from '../../../lib/server/routes.js'

const rows: readonly (readonly [string, ReturnType<typeof readRoute>])[] = [
  ['/socket.io/1', { kind: 'handshake' }],
  ['/socket.io/1/', { kind: 'handshake' }],
  ['/socket.io/1/?t=1', { kind: 'handshake' }],
  ['/socket.io/1/xhr-polling/SID', { kind: 'transport', name: 'xhr-polling', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/SID/', { kind: 'transport', name: 'xhr-polling', sid: 'SID' }],
  ['/socket.io/1/websocket/SID?a=b', { kind: 'transport', name: 'websocket', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/__proto__', { kind: 'transport', name: 'xhr-polling', sid: '__proto__' }],
  ['/socket.io/1/constructor/toString', { kind: 'transport', name: 'constructor', sid: 'toString' }],
  ['/socket.io/1//SID/?disconnect=1', { kind: 'disconnect', sid: 'SID' }],
  ['/socket.io/1//SID?disconnect', { kind: 'disconnect', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/SID?t=1&disconnect=True', { kind: 'disconnect', sid: 'SID' }],
  ['/socket.io/2/', { kind: 'unknown version' }],
  ['/socket.io/0/', { kind: 'unknown version' }],
  ['/socket.io/01/', { kind: 'unknown version' }],
  ['/socket.io/?transport=polling', { kind: 'engine' }],
  ['/socket.io/socket.io.js', { kind: 'client' }],
  ['/socket.io/socket.io.js?v=1', { kind: 'client' }],
  ['/', undefined],
  ['/socket.io', undefined],
  ['/socket.io/', undefined],
  ['/socket.io/?EIO=4&transport=polling', { kind: 'engine' }],
  ['/socket.iofoo/1/', undefined],
  ['/xsocket.io/1/', undefined],
  ['/socketxio/1/', undefined],
  ['/rt/socket.io/1/', undefined],
  ['/socket.io/abc/', undefined],
  ['/socket.io/1.0/', undefined],
  ['/socket.io/1/a/b/c', undefined],
  ['/socket.io/any/socket.io.js', undefined],
]

for (const [url, route] of rows) {
  test(`${url} is ${route === undefined ? 'not ours' : `a ${route.kind} route`}`, () => {
    const [path = '', query] = url.split('?')
    assert.deepEqual(readRoute('socket.io', path, new URLSearchParams(query)), route)
  })
}

for (const [url, isOurs] of [
  ['/socket.io/1/websocket/SID', true],
  ['/socket.io/1/flashsocket/SID?t=1', true],
  ['/rt/deep/socket.io/1/websocket/SID', true],
  ['/socket.io/1/websocket', false],
  ['/socket.io/1/websocketfoo/SID', false],
  ['/socket.io/1/xhr-polling/SID', false],
  ['/socket.io/1/', false],
  ['/socket.io/2/websocket/SID', false],
  ['/xsocket.io/1/websocket/SID', false],
  ['/other?path=/socket.io/1/websocket/SID', false],
  ['/', false],
  ['', false],
] as const) {
  test(`an upgrade of "${url}" is ${isOurs ? 'ours' : 'not ours'}`, () => {
    assert.equal(isUpgradePath('socket.io', url), isOurs)
  })
}

test('a resource is taken literally, dots and slashes included', () => {
  assert.equal(isUpgradePath('a.b/c', '/a.b/c/1/websocket/SID'), true)
  assert.equal(isUpgradePath('a.b/c', '/axb/c/1/websocket/SID'), false)
  assert.deepEqual(readRoute('a.b/c', '/a.b/c/1/', new URLSearchParams()), { kind: 'handshake' })
})

const polls: readonly (readonly [string, ReturnType<typeof readLivePoll>])[] = [
  ['/socket.io/1/xhr-polling/SID?t=1', { kind: 'xhr-polling', sid: 'SID' }],
  ['/rt/socket.io/1/xhr-polling/SID/', { kind: 'xhr-polling', sid: 'SID' }],
  ['/socket.io/1/xhr-polling/SID?disconnect=1', undefined],
  ['/socket.io/1/jsonp-polling/SID?t=1&i=0', undefined],
  ['/socket.io/?EIO=4&transport=polling&t=x&sid=SID', { kind: 'engine', sid: 'SID', revision: '4' }],
  ['/rt/socket.io/?sid=SID&transport=polling&EIO=3', { kind: 'engine', sid: 'SID', revision: '3' }],
  ['/socket.io/?EIO=4&transport=polling', undefined],
  ['/socket.io/?transport=polling&sid=SID', undefined],
  ['/socket.io/?EIO=44&transport=polling&sid=SID', undefined],
  ['/socket.io/?EIO=4&transport=websocket&sid=SID', undefined],
  ['/socket.io/?EIO=4&xtransport=polling&sid=SID', undefined],
  ['/socket.io/?EIO=3&transport=polling&j=0&sid=SID', undefined],
  ['/other/?EIO=4&transport=polling&sid=SID', undefined],
]

for (const [url, poll] of polls) {
  test(`${url} is ${poll === undefined ? 'asked of the app' : 'a poll of one who may be there'}`, () => {
    assert.deepEqual(readLivePoll('socket.io', url), poll)
  })
}

// Owns: members that the servers and namespaces of Socket.IO 4 and 0.9 have: each does the same here, or names ours.
// Elsewhere: what the operators on io do (test/conformance/io-operators.test.ts).
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { test } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { Server, Socket as TheirSocket } from 'socket.io'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { Socket } from '../../../lib/namespaces/socket.js'

const namespaces = { '/chat': class extends BaseNamespace {} }

function told(wrong: () => unknown): string {
  try {
    wrong()
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string }
    assert.deepEqual({ name, code }, { name: 'UsageError', code: 'SIO_USAGE_MEMBER' })
    return message
  }
  return assert.fail('expected it to be refused')
}

/** Calls a member, or reads it where it is none that can be called. */
function use(target: object, name: string, ...args: unknown[]): unknown {
  const member: unknown = Reflect.get(target, name)
  return typeof member === 'function' ? (member as (...all: unknown[]) => unknown).call(target, ...args) : member
}

const ofServer: [name: string, ours: RegExp, ...args: unknown[]][] = [
  ['on', /\binitialize\(\).*recv_connect\(\).*onServerSideEmit\(\)/, 'connection', () => {}],
  ['once', /\binitialize\(\)/, 'connection', () => {}],
  ['off', /\boffServerSideEmit\(\)/, 'connection', () => {}],
  ['removeAllListeners', /\boffServerSideEmit\(\)/],
  ['engine', /the option engine\b.*app\.use\(\)/],
  ['adapter', /the option adapter/, () => {}],
  ['listen', /app\.use\(io\)/, 3000],
  ['attachApp', /app\.use\(io\)/],
  ['path', /the option resource/],
  ['serveClient', /the option serveClient/],
  ['connectTimeout', /the option handshakeTimeout/],
  ['set', /the option origins$/, 'origins', '*'],
  ['set', /\bauthorize\b/, 'authorization', () => {}],
  ['set', /\bheartbeatInterval: 25_000/, 'heartbeat interval', 25],
  ['set', /\bDEBUG=/, 'log level', 1],
  ['set', /see Options$/],
  ['get', /the option transports$/, 'transports'],
  ['enable', /\bserveClient\b/, 'browser client minification'],
  ['disable', /\bDEBUG=/, 'log'],
  ['enabled', /\bheartbeatInterval\b/, 'heartbeats'],
  ['disabled', /\bheartbeatInterval\b/, 'heartbeats'],
  ['configure', /second argument/, () => {}],
  ['send', /\bemit\('message', …\)/, 'hello'],
  ['write', /\bemit\('message', …\)/, 'hello'],
  ['compress', /\bperMessageDeflate\b/, false],
  ['allSockets', /\bfetchSockets\(\)/],
  ['serverSideEmitWithAck', /\bserverSideEmit\(\)/, 'ping'],
  ['httpServer', /app\.listen\(\)/],
  ['connected', /\bfetchSockets\(\)/],
  ['handshaken', /\bfetchSockets\(\)/],
  ['manager', /\boptions\b/],
  ['store', /\badapter\b/],
  ['log', /\bDEBUG=/],
]

for (const [name, ours, ...args] of ofServer) {
  test(`io.${name}(${args.map((arg) => inspect(arg)).join(', ')}) names ours`, () => {
    const io = socketioMiddleware(namespaces)
    const message = told(() => use(io, name, ...args))
    assert.match(message, ours)
    assert.match(message, new RegExp(`^io\\.${name}(?:\\(\\))? does not exist: `))
  })
}

const ofNamespace: [name: string, ours: RegExp, ...args: unknown[]][] = [
  ['on', /\binitialize\(\).*recv_connect\(\)/, 'connection', () => {}],
  ['once', /\binitialize\(\)/, 'connection', () => {}],
  ['removeListener', /\bclass\b/, 'connection', () => {}],
  ['use', /\bio\.use\(\).*recv_connect\(\)/, () => {}],
  ['adapter', /the option adapter/],
  ['sockets', /\bfetchSockets\(\)/],
  ['connected', /\bfetchSockets\(\)/],
  ['authorization', /\brecv_connect\(\)/, () => {}],
  ['clients', /\bfetchSockets\(\)/, 'lobby'],
  ['socket', /\bto\(socket\.id\)/, 'id'],
  ['json', /\bemit\('message', …\)/],
  ['send', /\bemit\('message', …\)/, 'hello'],
  ['compress', /\bperMessageDeflate\b/, false],
  ['manager', /\boptions\b/],
  ['serverSideEmitWithAck', /\bserverSideEmit\(\)/, 'ping'],
]

for (const [name, ours, ...args] of ofNamespace) {
  test(`io.of().${name} and io.sockets.${name} name ours`, () => {
    const io = socketioMiddleware(namespaces)
    for (const target of [io.of('/chat'), io.sockets, io.of(/./)]) {
      const message = told(() => use(target, name, ...args))
      assert.match(message, ours)
    }
  })
}

test('operators have none of it either, once rooms are chosen', () => {
  const operator = socketioMiddleware(namespaces).of('/chat').to('lobby')
  assert.match(
    told(() => use(operator, 'compress', true)),
    /^io\.to\(\)\.compress\(\) does not exist: /,
  )
  assert.match(
    told(() => use(operator, 'clients')),
    /\bfetchSockets\(\)/,
  )
})

const ofSocket: [name: string, ours: RegExp][] = [
  ['on', /\bon_<event>\(\)/],
  ['handshake', /\bsocket\.environ\b.*\bauth\b/],
  ['join', /\bRoomsMixin\b/],
  ['to', /\bRoomsMixin\b/],
  ['broadcast', /\bBroadcastMixin\b/],
  ['emit', /\bthis\.emit\(\)/],
  ['data', /\bsocket\.session\b/],
  ['set', /\bsocket\.session\b/],
  ['use', /\bprocessEvent\(\)/],
  ['conn', /\bsocket\.transport\b/],
]

for (const [name, ours] of ofSocket) {
  test(`socket.${name} names ours`, () => {
    const message = told(() => use(Socket.prototype, name))
    assert.match(message, ours)
    assert.match(message, new RegExp(`^socket\\.${name}(?:\\(\\))? does not exist: `))
  })
}

test('every public member of a Socket.IO 4 socket exists here, or names ours', () => {
  const names = Object.getOwnPropertyNames(TheirSocket.prototype).filter(
    (name) =>
      !/^(?:_.*|constructor|emitUntyped|ack|packet|run|is\w+|on(?:connect|event|ack|disconnect|close|packet|error)|dispatch|build\w+|newBroadcastOperator|notifyOutgoingListeners|registerAckCallback|prependAnyOutgoing|offAnyOutgoing|listenersAny\w*|error)$/.test(
        name,
      ),
  )
  assert.ok(names.length > 20, names.join())
  // Each of ours has its request from the beginning.
  for (const name of names) assert.ok(name in Socket.prototype || name === 'request', name)
})

// Of their prototypes, what nobody outside calls. Whatever else a newer Socket.IO adds is seen here.
const inside =
  /^(?:_.*|constructor|bind|emitReserved|emitUntyped|createChild|run|init\w+|serve|sendFile|extractFilename|attachServe|rawListeners|[gs]etMaxListeners)$/

test('every public method of a Socket.IO 4 server and namespace exists here, or names ours', (t) => {
  const theirs = new Server(createServer())
  t.after(() => theirs.close())
  const io = socketioMiddleware(namespaces)
  for (const [their, our] of [
    [theirs, io],
    [theirs.of('/chat'), io.of('/chat')],
  ] as const) {
    const names: string[] = []
    let at = Object.getPrototypeOf(their) as object
    for (; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
      names.push(...Object.getOwnPropertyNames(at).filter((name) => !inside.test(name)))
    }
    assert.ok(names.length > 30, names.join())
    for (const name of names) assert.ok(name in our, `${our === io ? 'io' : 'io.of()'}.${name}`)
  }
})

test('what names ours is not in the way of frameworks, of printing, nor of members that somebody assigns', () => {
  const io = socketioMiddleware(namespaces)
  express().use(io)
  new Koa().use(io)
  createServer(io)
  assert.doesNotThrow(() => inspect(io, { showHidden: true }))
  assert.deepEqual(
    Object.keys(io).filter((name) => ['on', 'engine', 'set', 'listen'].includes(name)),
    [],
  )
  for (const name of ['engine', 'on']) {
    Reflect.set(io, name, 'mine')
    assert.equal(Reflect.get(io, name), 'mine')
  }
})

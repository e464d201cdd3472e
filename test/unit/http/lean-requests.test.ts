// Owns: that a request which is kept releases what it can, and is left as it is where it cannot.
// Elsewhere: what is released on real connections (conformance/defects/release.test.ts).
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { keepLean } from '../../../lib/http/lean-requests.js'

function make(): { request: IncomingMessage; response: ServerResponse; connection: Socket } {
  const connection = new Socket()
  const request = new IncomingMessage(connection)
  return { request, response: new ServerResponse(request), connection }
}

const released = ['res', 'next', '_parsedUrl', '_parsedOriginalUrl']

for (const isUpgrade of [true, false]) {
  test(`${isUpgrade ? 'an upgrade' : 'a request'} that is over releases its fields, its connection at that one's end`, () => {
    const { request, response, connection } = make()
    for (const name of released) Reflect.set(request, name, { kept: 'long' })
    keepLean(request, response, isUpgrade)
    response.emit('close')
    for (const name of released) assert.equal(Reflect.get(request, name), undefined)
    connection.emit('close')
    assert.equal(request.socket === connection, isUpgrade)
  })

  test(`${isUpgrade ? 'an upgrade' : 'a request'} is over where its fields can only be read`, () => {
    const { request, response, connection } = make()
    const value = { kept: 'long' }
    for (const name of released) Object.defineProperty(request, name, { get: () => value })
    for (const name of ['socket', 'client']) Object.defineProperty(request, name, { get: () => connection })
    keepLean(request, response, isUpgrade)
    response.emit('close')
    connection.emit('close')
    for (const name of released) assert.equal(Reflect.get(request, name), value)
    assert.equal(request.socket, connection)
  })
}

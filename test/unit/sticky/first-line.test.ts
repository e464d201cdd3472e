// Owns: what the first bytes of a connection say of its client's process.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processNameOf, readFirstLine } from '../../../lib/sticky/first-line.js'

for (const [text, expected] of [
  ['', undefined],
  ['\r\n', undefined],
  ['GET /x HTTP/1.1', undefined],
  ['GET /x HTTP/1.1\r', undefined],
  ['GET /x HTTP/1.1\r\nHost: y', { url: '/x' }],
  ['GET /x HTTP/1.1\n', { url: '/x' }],
  ['\r\n\r\nPOST /x?a=b HTTP/1.0\r\n', { url: '/x?a=b' }],
  ['GET http://example.com/x HTTP/1.1\r\n', { url: 'http://example.com/x' }],
  [`${'\r\n'.repeat(32)}GET /x HTTP/1.1\r\n`, { url: '/x' }],
  ['\r\n'.repeat(33), 'not http'],
  ['HELLO\r\n', 'not http'],
  ['GET /x\r\n', 'not http'],
  ['\u0016\u0003\u0001', 'not http'],
  ['get /x HTTP/1.1\r\n', 'not http'],
  [' GET /x HTTP/1.1\r\n', 'not http'],
] as const) {
  test(`the first line of ${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(readFirstLine(Buffer.from(text, 'latin1')), expected)
  })
}

for (const [url, name] of [
  ['/socket.io/1/xhr-polling/a.Vx3', 'a'],
  ['/socket.io/1/websocket/a.Vx3?x=b.c', 'a'],
  ['/socket.io/1//a.Vx3/?disconnect=1', 'a'],
  ['/rt/deep/socket.io/1/htmlfile/a-1_B.Vx3', 'a-1_B'],
  ['/socket.io/?EIO=4&transport=polling&sid=a.Vx3', 'a'],
  ['/socket.io?sid=a.Vx3&EIO=4', 'a'],
  ['/rt/socket.io/?EIO=3&sid=a.Vx3&transport=polling&j=0', 'a'],
  ['/socket.io/?EIO=4&transport=polling&sid=a%2EVx3', 'a'],
  ['http://example.com/socket.io/?EIO=4&sid=a.Vx3', 'a'],
  // Of several the first counts, as for the server.
  ['/socket.io/?EIO=4&sid=a.Vx3&sid=b.Vx3', 'a'],
  ['/socket.io/?EIO=4&transport=polling&sid=Vx3', undefined],
  ['/socket.io/?EIO=4&transport=polling', undefined],
  ['/socket.io/1/', undefined],
  ['/socket.io/1/xhr-polling/Vx3', undefined],
  ['/socket.io/1/xhr-polling/.Vx3', undefined],
  ['/elsewhere?sid=a.Vx3', undefined],
  ['/socket.io/socket.io.js', undefined],
  ['*', undefined],
  ['', undefined],
] as const) {
  test(`the process of ${url} is ${name}`, () => {
    assert.equal(processNameOf('socket.io', url), name)
  })
}

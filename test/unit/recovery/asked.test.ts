// Owns: URLs without the parameters by which a client comes back.
// Elsewhere: what is read from them (conformance/recovery/resume-asked.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { urlWithout } from '../../../lib/recovery/asked.js'

test('a URL loses the parameters by which a client comes back, and nothing else', () => {
  const urls = [
    ['/socket.io/1/?resume=abc', '/socket.io/1/'],
    ['/socket.io/1/?resume=abc&seen=7&t=1', '/socket.io/1/?t=1'],
    ['/socket.io/1/?t=1&res%75me=abc&resume=abc&a=b', '/socket.io/1/?t=1&a=b'],
    ['/socket.io/1/?seen', '/socket.io/1/'],
  ] as const
  for (const [url, left] of urls) assert.equal(urlWithout(url), left)
})

test('a URL without them stays as it is', () => {
  for (const url of ['/', '/?', '/socket.io/?EIO=3&transport=polling', '/?resumed=1&unseen=2', '/?a=resume&b=seen']) {
    assert.equal(urlWithout(url), url)
  }
})

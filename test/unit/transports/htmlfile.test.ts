// Owns: what the unit tests say of htmlfile's endless page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines } from '../../../lib/support/timers.js'
import { Htmlfile } from '../../../lib/transports/v09/htmlfile.js'
import { Frame } from '../../../lib/wire/v09/frame.js'
import { FakeClock } from '../../support/clock.js'
import { MemoryExchange } from '../../support/memory-exchange.js'
import { notingOwner } from './bench.js'

const opening = '<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>'

function open(maxBufferedBytes = 10_000) {
  const exchange = new MemoryExchange()
  const owner = notingOwner()
  const clock = new FakeClock()
  const htmlfile = new Htmlfile(exchange, owner, maxBufferedBytes, new Deadlines(clock))
  const { page, ...answer } = exchange.streams[0] ?? assert.fail('expected a page')
  return { clock, exchange, owner, htmlfile, page, answer }
}

test('a page begins with 256 bytes that define the function, and no proxy keeps it', () => {
  const { page, answer } = open()
  assert.deepEqual(answer, {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=UTF-8', 'Cache-Control': 'no-store, no-transform' },
  })
  assert.equal(page.read(), opening + ' '.repeat(173))
})

test('each packet is one script block, from which no text can break out', () => {
  const { htmlfile, page } = open()
  page.read()
  htmlfile.send([new Frame('3:::</script>\u2028')])
  const block = String(page.read())
  assert.match(block, /^<script>_\("3:::.*"\);<\/script>$/)
  assert.equal(block.indexOf('</script>'), block.length - '</script>'.length)
  assert.ok(!block.includes('\u2028'))
})

test('packets that have waited are one payload in one block', () => {
  const { htmlfile, page } = open()
  page.read()
  htmlfile.send([new Frame('1::'), new Frame('2::')])
  assert.equal(page.read(), '<script>_("\ufffd3\ufffd1::\ufffd3\ufffd2::");</script>')
})

test('closing ends the page after what was sent', () => {
  const { htmlfile, page } = open()
  page.read()
  htmlfile.send([new Frame('0::')])
  htmlfile.close()
  assert.equal(page.read(), '<script>_("0::");</script>')
  assert.equal(page.writableEnded, true)
})

test('a page that is not read to its end in half a minute is cut', () => {
  const { clock, exchange, htmlfile } = open()
  htmlfile.close()
  clock.advance(29_999)
  assert.equal(exchange.isAborted, false)
  clock.advance(1)
  assert.equal(exchange.isAborted, true)
})

test('a page that is read to its end is not cut, and one that is over waits for nothing', () => {
  const { clock, exchange, htmlfile } = open()
  htmlfile.close()
  exchange.over(true)
  assert.equal(clock.timers, 0)
  htmlfile.close()
  assert.equal(clock.timers, 0)
  assert.equal(exchange.isAborted, false)
})

test('a page that is over is released', () => {
  const { exchange, owner, htmlfile } = open()
  htmlfile.pause()
  htmlfile.resume()
  assert.deepEqual(owner.heard, [])
  exchange.over(false)
  assert.deepEqual(owner.heard, ['released htmlfile'])
})

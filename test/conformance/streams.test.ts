// Owns: the bytes that only streams have: htmlfile's page and headers, a websocket's frames and bounds.
// Elsewhere: what flows in them (packets.test.ts), their heartbeats (liveness.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overAll, type Scene } from '../support/v09-cast.js'
import type { Line, Page } from '../support/v09-peer.js'
import { pageOpening } from '../support/v09-peers.js'

const friend = 'http://friend.example'

async function grownTo(page: Page, body: string): Promise<void> {
  while (page.body().length < body.length) await page.pieces.next()
  assert.equal(page.body(), body)
}

async function openLine({ raw }: Scene): Promise<Line> {
  const line = await raw.websocket(await raw.handshake())
  assert.equal(await line.frames.next(), '1::')
  return line
}

overAll(['htmlfile'], ({ open }) => {
  test('a page begins with 256 bytes that define the callback', () => {
    assert.equal(Buffer.byteLength(pageOpening), 256)
  })

  test('a page is an endless chunked response whose blocks each carry a packet', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const page = await raw.stream(sid)
    assert.equal(page.status, 200)
    assert.equal(page.headers['content-type'], 'text/html; charset=UTF-8')
    assert.equal(page.headers.connection, 'keep-alive')
    assert.equal(page.headers['transfer-encoding'], 'chunked')
    assert.equal(page.headers['content-length'], undefined)
    assert.match(page.headers['cache-control'] ?? '', /no-transform/)
    assert.equal(page.headers['access-control-allow-origin'], undefined)
    const opened = `${pageOpening}<script>_("1::");</script>`
    await grownTo(page, opened)
    await raw.post('htmlfile', sid, '1::/chat')
    await grownTo(page, `${opened}<script>_("1::\\/chat");</script>`)
  })

  test('a block cannot be ended from within', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const page = await raw.stream(sid)
    await raw.post('htmlfile', sid, '4:::"\u2028</script>"')
    const block = '<script>_("4:::\\"\\u2028\\u003c\\/script>\\"");</script>'
    await grownTo(page, `${pageOpening}<script>_("1::");</script>${block}`)
  })

  test('a burst on an open page is a block for each packet', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const page = await raw.stream(sid)
    await raw.post('htmlfile', sid, '5:::{"name":"burst","args":[2]}')
    const blocks = [0, 1].map((value) => `<script>_("5:::{\\"name\\":\\"n\\",\\"args\\":[${value}]}");</script>`)
    await grownTo(page, `${pageOpening}<script>_("1::");</script>${blocks.join('')}`)
  })

  test('a page that ends says so in its last block', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const page = await raw.stream(sid)
    await raw.post('htmlfile', sid, '0::')
    await page.ended()
    assert.equal(page.body(), `${pageOpening}<script>_("1::");</script><script>_("0::");</script>`)
  })
})

overAll(['websocket'], ({ open }) => {
  test('a page of an allowed origin elsewhere may open a websocket', async (t) => {
    const { raw } = await open(t, { origins: friend })
    const line = await raw.websocket(await raw.handshake(), 'websocket', { Origin: friend })
    assert.equal(await line.frames.next(), '1::')
  })

  test('a packet of exactly 65536 bytes arrives whole, both ways', async (t) => {
    const line = await openLine(await open(t))
    line.send(`4:::"${'x'.repeat(65_536 - 6)}"`)
    assert.equal((await line.frames.next()).length, 65_536)
  })

  test('a payload in a frame is no packet', async (t) => {
    const line = await openLine(await open(t))
    line.send('\ufffd5\ufffd3:::a\ufffd5\ufffd3:::b')
    assert.match(await line.frames.next(), /^5:::\{"name":"error","args":\["invalid_packet",/)
    line.send('3:::alive')
    assert.equal(await line.frames.next(), '3:::echo alive')
  })

  test('a binary frame is no packet', async (t) => {
    const line = await openLine(await open(t))
    line.send(Buffer.from('3:::x'))
    assert.match(await line.frames.next(), /^5:::\{"name":"error","args":\["invalid_packet",/)
    line.send('3:::alive')
    assert.equal(await line.frames.next(), '3:::echo alive')
  })

  test('a message as large as may be is processed', async (t) => {
    const line = await openLine(await open(t, { maxHttpBufferSize: 100 }))
    line.send(`3:::${'x'.repeat(96)}`)
    assert.equal(await line.frames.next(), `3:::echo ${'x'.repeat(96)}`)
  })

  test('a message one byte larger closes the websocket with 1009, and ends the session', async (t) => {
    const { raw, heard } = await open(t, { maxHttpBufferSize: 100 })
    const sid = await raw.handshake()
    const line = await raw.websocket(sid)
    line.send('5:1+::{"name":"nothing"}')
    assert.deepEqual(await line.frames.take(2), ['1::', '6:::1'])
    line.send(`3:::${'x'.repeat(97)}`)
    assert.equal(await line.closed(), 1009)
    assert.match(await heard.next(), /^root: /)
    assert.equal((await raw.get('xhr-polling', sid)).body, '7:::1+0')
  })
})

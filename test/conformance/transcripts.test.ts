// Owns: one whole session over each transport, from handshake to goodbye, held against every byte that comes back.
// Elsewhere: what is said in it (test/protocol-0.9/transcripts.ts), each rule by itself (the other suites here).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test, type TestContext } from 'node:test'
import { clientFrame } from '../support/client-frame.js'
import { overAll } from '../support/v09-cast.js'
import { mount } from '../support/v09-peer.js'
import { dressed, framed, pageOpening, polls } from '../support/v09-peers.js'
import { Queue } from '../support/wire-client.js'
import { session } from '../protocol-0.9/transcripts.js'

function payloadOf(packets: readonly string[]): string {
  return packets.length === 1 ? (packets[0] as string) : framed(...packets)
}

overAll(polls, ({ transport, open }) => {
  test('a session by polls is the same, byte for byte', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const bodies = [(await raw.get(transport, sid)).body]
    const expected = [dressed(transport, '1::')]
    for (const { said, heard } of session) {
      bodies.push((await raw.post(transport, sid, payloadOf(said))).body, (await raw.get(transport, sid)).body)
      expected.push('1', dressed(transport, payloadOf(heard)))
    }
    const poll = await raw.hold(transport, sid)
    bodies.push((await raw.post(transport, sid, '0::')).body, (await poll.answer()).body)
    expected.push('1', dressed(transport, '0::'))
    bodies.push((await raw.get(transport, sid)).body)
    expected.push(dressed(transport, '7:::1+0'))
    assert.deepEqual(bodies, expected)
  })
})

overAll(['htmlfile'], ({ transport, open }) => {
  test('a session by htmlfile is the same, byte for byte', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const page = await raw.stream(sid)
    let expected = `${pageOpening}${dressed(transport, '1::')}`
    for (const { said, heard } of session) {
      assert.equal((await raw.post(transport, sid, payloadOf(said))).body, '1')
      for (const packet of heard) expected += dressed(transport, packet)
      while (page.body().length < expected.length) await page.pieces.next()
    }
    await raw.post(transport, sid, '0::')
    await page.ended()
    assert.equal(page.body(), `${expected}${dressed(transport, '0::')}`)
  })
})

const headLines = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  // Of the key that RFC 6455 has for an example.
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
]

/** Asks for an upgrade on a bare connection, with `early` in the same write. */
async function upgrade(t: TestContext, port: number, sid: string, early: Buffer = Buffer.of()) {
  const connection = net.connect(port, '127.0.0.1')
  t.after(() => connection.destroy())
  const chunks = new Queue<Buffer>('bytes of a websocket')
  connection.on('data', (chunk) => {
    chunks.push(chunk)
  })
  const lines = [
    `GET ${mount}/websocket/${sid} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ]
  connection.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), early]))
  let bytes = Buffer.of()
  const readTo = async (length: number): Promise<Buffer> => {
    while (bytes.length < length) bytes = Buffer.concat([bytes, await chunks.next()])
    return bytes
  }
  while (!bytes.includes('\r\n\r\n')) await readTo(bytes.length + 1)
  return { connection, readTo, head: bytes.toString('latin1').split('\r\n\r\n', 1)[0] as string }
}

/** The server's frames: not masked. */
function unmasked(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text)
      assert.ok(bytes.length < 126)
      return [Buffer.of(0x81, bytes.length), bytes]
    }),
  )
}

overAll(['websocket'], ({ open }) => {
  test('a session by websocket is the same, byte for byte', async (t) => {
    const { raw, server } = await open(t)
    const { connection, readTo, head } = await upgrade(t, server.port, await raw.handshake())
    const lines = head.split('\r\n')
    for (const line of headLines) assert.ok(lines.includes(line), `expected ${line} in ${head}`)
    let expected = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), unmasked(['1::'])])
    for (const { said, heard } of session) {
      for (const packet of said) connection.write(clientFrame(packet))
      expected = Buffer.concat([expected, unmasked(heard)])
      await readTo(expected.length)
    }
    connection.write(clientFrame('0::'))
    // The last packet, and then the frame that closes with 1000.
    expected = Buffer.concat([expected, unmasked(['0::']), Buffer.of(0x88, 2, 0x03, 0xe8)])
    assert.equal((await readTo(expected.length)).toString('latin1'), expected.toString('latin1'))
    connection.write(Buffer.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8))
    await once(connection, 'close')
  })

  test('frames that come in one write with the upgrade request are not lost', async (t) => {
    const { raw, server } = await open(t)
    const early = Buffer.concat([clientFrame('3:::a'), clientFrame('3:::b')])
    const { readTo, head } = await upgrade(t, server.port, await raw.handshake(), early)
    const expected = unmasked(['1::', '3:::echo a', '3:::echo b'])
    const at = head.length + 4
    assert.equal((await readTo(at + expected.length)).subarray(at).toString('latin1'), expected.toString('latin1'))
  })

  test('a character that is cut between two fragments of a message stays whole', async (t) => {
    const { raw, server } = await open(t)
    const { connection, readTo, head } = await upgrade(t, server.port, await raw.handshake())
    const bytes = Buffer.from('3:::😀')
    const part = (opcode: number, from: number, to: number): Buffer =>
      Buffer.concat([Buffer.of(opcode, 0x80 | (to - from), 0, 0, 0, 0), bytes.subarray(from, to)])
    connection.write(part(0x01, 0, 6))
    connection.write(part(0x80, 6, bytes.length))
    const expected = unmasked(['1::', '3:::echo 😀'])
    const at = head.length + 4
    assert.equal((await readTo(at + expected.length)).subarray(at).toString('latin1'), expected.toString('latin1'))
  })
})

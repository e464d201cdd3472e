// Owns: that the server for the public protocol suites is the one that they expect.
// Elsewhere: the server (test/support/protocol-server.ts), what the suites check of us (the files beside this one).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  ask,
  openPolling,
  openWebSocket,
  PollingPeer,
  RS,
  startWebSocket,
  withoutSid,
} from '../../support/engine-peer.js'
import { within } from '../../support/journal.js'

const program = join(import.meta.dirname, '..', '..', 'support', 'protocol-server.ts')

async function start(t: TestContext, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill()
    await exited
  })
  const [line] = (await within('the address of the server', once(child.stdout, 'data'))) as [Buffer]
  return line.toString().trim()
}

test('the server for the suites pings as often as they expect it', async (t) => {
  const url = await start(t)
  const pings = '"pingInterval":300,"pingTimeout":200'
  const handshake = `0{"sid":"SID","upgrades":["websocket"],${pings},"maxPayload":1000000}`
  assert.equal(withoutSid((await openPolling(url)).opening.body), handshake)
  assert.equal(withoutSid((await ask(`${url}/engine.io/?EIO=4&transport=polling`)).body), handshake)
  const websocket = startWebSocket(t, `${url}/engine.io/?EIO=4&transport=websocket`)
  assert.equal(withoutSid(await websocket.text()), handshake.replace('"websocket"', ''))
  assert.equal(await websocket.text(), '2')
})

// What follows takes as long as it takes.

test('the server for the suites speaks Socket.IO below /socket.io/', async (t) => {
  const url = await start(t, '--patient')
  const peer = await openWebSocket(t, url)
  peer.send('40/custom,{"token":"abc"}', '42/custom,["message",1]', '42/custom,7["message-with-ack",1,"2"]')
  const received = []
  for (let count = 0; count < 4; count++) received.push(withoutSid(await peer.text()))
  assert.deepEqual(received, [
    '40/custom,{"sid":"SID"}',
    '42/custom,["auth",{"token":"abc"}]',
    '42/custom,["message-back",1]',
    '43/custom,7[1,"2"]',
  ])
})

test('the server for the suites sends messages back below /engine.io/', async (t) => {
  const url = await start(t, '--no-eio3', '--patient')
  const target = `${url}/engine.io/?EIO=4&transport=polling`
  const polling = new PollingPeer(target, await ask(target))
  await polling.post(`4hello${RS}bAQIDBA==`)
  assert.equal((await polling.poll()).body, `4hello${RS}bAQIDBA==`)
  const websocket = startWebSocket(t, `${url}/engine.io/?EIO=4&transport=websocket`)
  assert.match(await websocket.text(), /^0\{/)
  websocket.send('4hello', Buffer.from([1, 2, 3, 4]))
  assert.deepEqual([await websocket.text(), await websocket.frame()], ['4hello', Buffer.from([1, 2, 3, 4])])
  const refused = await ask(`${url}/engine.io/?EIO=3&transport=polling`)
  assert.deepEqual([refused.status, refused.body], [400, '{"code":5,"message":"Unsupported protocol version"}'])
})

test('the server for the suites sends messages of revision 3 back', async (t) => {
  const url = await start(t, '--patient')
  const target = `${url}/engine.io/?EIO=3&transport=polling`
  const polling = new PollingPeer(target, await ask(target))
  await polling.post('6:4hello10:b4AQIDBA==')
  // 0 is text and 1 is binary, then the length and 255; 4 is a message.
  assert.deepEqual(
    (await polling.poll()).bytes,
    Buffer.from([0, 6, 255, ...Buffer.from('4hello'), 1, 5, 255, 4, 1, 2, 3, 4]),
  )
})

test('the server for the suites sends nothing of its own on a websocket of revision 3', async (t) => {
  const url = await start(t, '--patient')
  const websocket = startWebSocket(t, `${url}/engine.io/?EIO=3&transport=websocket`)
  assert.match(await websocket.text(), /^0\{/)
  websocket.send('4hello', Buffer.from([4, 1, 2, 3, 4]), '2')
  assert.deepEqual(
    [await websocket.text(), await websocket.frame(), await websocket.text()],
    ['4hello', Buffer.from([4, 1, 2, 3, 4]), '3'],
  )
})

// Owns: a numbered stream to the real clients of 0.9 and 2 whose connections break: one that counts loses nothing and gets nothing
// twice; one that does not gets nothing twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stream, type StreamClient } from './numbered.js'
import { countingClient } from './v09-counting.js'
import { countingClient2 } from './v2-counting.js'

type Open = (t: import('node:test').TestContext, url: string, isCounting: boolean) => StreamClient

const clients: Record<string, Open> = {
  '0.9 websocket': (t, url, isCounting) => countingClient(t, url, 'websocket', isCounting),
  '0.9 xhr-polling': (t, url, isCounting) => countingClient(t, url, 'xhr-polling', isCounting),
  '2 websocket': (t, url, isCounting) => countingClient2(t, url, ['websocket'], isCounting),
  '2 polling': (t, url, isCounting) => countingClient2(t, url, ['polling'], isCounting),
  '2 upgrade': (t, url, isCounting) => countingClient2(t, url, ['polling', 'websocket'], isCounting),
}

for (const [name, open] of Object.entries(clients)) {
  test(`${name}: a client that counts gets every event once, in order`, async (t) => {
    const { heard, all } = await stream(t, (url) => open(t, url, true))
    assert.deepEqual(heard, all)
  })

  test(`${name}: a client that does not count gets none twice`, async (t) => {
    const { heard } = await stream(t, (url) => open(t, url, false))
    assert.equal(new Set(heard).size, heard.length)
    assert.deepEqual(
      heard,
      heard.toSorted((a, b) => a - b),
    )
  })
}

// Owns: numbers that are sent all the time to a client whose connections break by chance, until it has come back often enough.
// Elsewhere: the cuts (../cutting-proxy.ts), what must have come (random-cuts.test.ts, without-counting.test.ts).
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { CuttingProxy } from '../cutting-proxy.js'
import type { Random } from '../random.js'
import type { Feed } from './feed.js'
import type { Listener } from './listeners.js'

const fewestRecoveries = 5
/** After so long without a break a stream is taken for one that was left whole. */
const mostWholeMs = 500

/**
 * @param listen connects to a port.
 * @param alsoSay is called now and then, for what goes the other way.
 */
export async function cutAtRandom(
  t: TestContext,
  feed: Feed,
  random: Random,
  count: number,
  listen: (port: number) => Listener,
  alsoSay: (listener: Listener) => void = () => {},
): Promise<Listener> {
  const proxy = new CuttingProxy(random, feed.server.port, true)
  proxy.stopCutting()
  const listener = listen(await proxy.listen(t))
  await listener.connected()
  proxy.startCutting()
  const { back } = listener
  let seen = 0
  let wholeSince = Date.now()
  while (feed.sent.feed < count || back.entries.length < fewestRecoveries) {
    for (let more = 1 + random.below(4); more > 0; more--) feed.send('x'.repeat(random.below(200)))
    if (random.isOneIn(5)) feed.sendOther()
    if (random.isOneIn(8)) alsoSay(listener)
    await pause(random.below(8))
    if (back.entries.length > seen || !listener.isConnected) wholeSince = Date.now()
    else if (Date.now() - wholeSince > mostWholeMs) proxy.cutAll()
    seen = back.entries.length
  }
  proxy.stopCutting()
  // One alone may be on its way at the last cut.
  const from = feed.sent.feed
  while (!listener.numbers.entries.some((number) => (number as number) >= from)) {
    feed.send()
    await pause(20)
  }
  t.diagnostic(JSON.stringify({ ...proxy.cuts, sent: feed.sent.feed, back: back.entries.length }))
  return listener
}

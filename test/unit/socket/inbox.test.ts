// Owns: what the unit tests say of the order in which a namespace's packets are worked on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Inbox } from '../../../lib/socket/inbox.js'

interface Bench {
  readonly inbox: Inbox<string>
  /** What happened, in order. */
  readonly log: string[]
  /** Ends the work on an item whose name ends in "…". */
  readonly finish: (item: string) => Promise<void>
}

interface Settings {
  concurrency?: number
  max?: number
  isOpen?: boolean
  also?: (item: string, inbox: Inbox<string>) => void
}

// An item whose name ends in "…" takes until it is told that it is finished; every other one is done at once.
function bench({ concurrency = 1, max = 1000, isOpen = true, also }: Settings = {}): Bench {
  const log: string[] = []
  const running = new Map<string, () => void>()
  const inbox: Inbox<string> = new Inbox<string>({
    concurrency,
    maxWaiting: max,
    mostWaiting: Infinity,
    work: (item) => {
      log.push(item)
      also?.(item, inbox)
      if (!item.endsWith('…')) return undefined
      return new Promise<void>((resolve) => {
        running.set(item, resolve)
      })
    },
    inboxFilled: (isFull) => {
      log.push(isFull ? 'full' : 'room again')
    },
    inboxOverflowed: () => {
      log.push('overflow')
    },
    inboxWeighs() {},
  })
  if (isOpen) inbox.open()
  const finish = async (item: string): Promise<void> => {
    const resolve = running.get(item)
    assert.ok(resolve, `${item} is being worked on`)
    resolve()
    await new Promise(setImmediate)
  }
  return { inbox, log, finish }
}

test('an item whose work returns no promise is done when push returns', () => {
  const { inbox, log } = bench()
  inbox.push('a')
  assert.deepEqual(log, ['a'])
  inbox.push('b')
  assert.deepEqual(log, ['a', 'b'])
})

test('nothing is worked on before the inbox opens, and then all in order', () => {
  const { inbox, log } = bench({ isOpen: false })
  for (const item of ['a', 'b', 'c']) inbox.push(item)
  assert.deepEqual(log, [])
  inbox.open()
  assert.deepEqual(log, ['a', 'b', 'c'])
})

test('an item waits until the promise of the one before is settled', async () => {
  const { inbox, log, finish } = bench()
  for (const item of ['a…', 'b…', 'c']) inbox.push(item)
  assert.deepEqual(log, ['a…'])
  await finish('a…')
  assert.deepEqual(log, ['a…', 'b…'])
  await finish('b…')
  assert.deepEqual(log, ['a…', 'b…', 'c'])
})

test('no more items are worked on at once than the concurrency says, begun in order', async () => {
  const { inbox, log, finish } = bench({ concurrency: 2 })
  for (const item of ['a…', 'b…', 'c…', 'd']) inbox.push(item)
  assert.deepEqual(log, ['a…', 'b…'])
  await finish('b…')
  assert.deepEqual(log, ['a…', 'b…', 'c…'])
  await finish('c…')
  assert.deepEqual(log, ['a…', 'b…', 'c…', 'd'])
})

test('an infinite concurrency lets nothing wait', () => {
  const { inbox, log } = bench({ concurrency: Infinity })
  for (const item of ['a…', 'b…', 'c…']) inbox.push(item)
  assert.deepEqual(log, ['a…', 'b…', 'c…'])
})

test('an item that is pushed from within the work on another comes after it, and before later ones', () => {
  const order: string[] = []
  const { inbox } = bench({
    also: (item) => {
      if (item === 'a') {
        inbox.push('from a')
        order.push('a is done')
      } else {
        order.push(item)
      }
    },
  })
  inbox.push('a')
  inbox.push('b')
  assert.deepEqual(order, ['a is done', 'from a', 'b'])
})

test('ten thousand items without promises wait behind one with, and overflow no stack', async () => {
  const { inbox, log, finish } = bench({ max: 20_000 })
  inbox.push('a…')
  for (let count = 0; count < 10_000; count++) inbox.push(String(count))
  assert.equal(log.length, 1)
  await finish('a…')
  assert.equal(log.length, 10_001)
  assert.equal(log.at(-1), '9999')
})

test('an item that pushes the next one, ten thousand times, overflows no stack', () => {
  let count = 0
  const { log, inbox } = bench({
    also: () => {
      if (count < 10_000) inbox.push(String(count++))
    },
  })
  inbox.push('first')
  assert.equal(log.length, 10_001)
})

test('an inbox says once that it is full, takes what comes all the same, and says when half of it is free', async () => {
  const { inbox, log, finish } = bench({ max: 4 })
  for (const item of ['a…', '1', '2…', '3…', '4…']) inbox.push(item)
  assert.deepEqual(log, ['a…'])
  inbox.push('5')
  assert.deepEqual(log, ['a…', 'full'])
  inbox.push('6')
  assert.deepEqual(log, ['a…', 'full'])
  await finish('a…')
  // Four still wait.
  assert.deepEqual(log, ['a…', 'full', '1', '2…'])
  await finish('2…')
  await finish('3…')
  assert.deepEqual(log, ['a…', 'full', '1', '2…', '3…', '4…', 'room again'])
  await finish('4…')
  assert.deepEqual(log.slice(-2), ['5', '6'])
})

test('what waits for the inbox to open counts towards its bound', () => {
  const { inbox, log } = bench({ max: 1, isOpen: false })
  inbox.push('a')
  assert.deepEqual(log, [])
  inbox.push('b')
  assert.deepEqual(log, ['full'])
  inbox.open()
  assert.deepEqual(log, ['full', 'a', 'b', 'room again'])
})

test('an inbox that is discarded works on nothing that waits, and has room again', async () => {
  const { inbox, log, finish } = bench({ max: 1 })
  for (const item of ['a…', 'b', 'c']) inbox.push(item)
  inbox.discard()
  assert.deepEqual(log, ['a…', 'full', 'room again'])
  await finish('a…')
  assert.deepEqual(log, ['a…', 'full', 'room again'])
})

test('an item that discards the rest while it is worked on is the last one', async () => {
  const { inbox, log, finish } = bench({
    also: (item) => {
      if (item === 'end') inbox.discard()
    },
  })
  for (const item of ['a…', 'b', 'end', 'c']) inbox.push(item)
  await finish('a…')
  assert.deepEqual(log, ['a…', 'b', 'end'])
})

test('whenIdle calls back at once when nothing waits or runs', () => {
  const { inbox, log } = bench()
  inbox.whenIdle(() => log.push('idle'))
  assert.deepEqual(log, ['idle'])
})

test('whenIdle calls back once, when all that waited is done', async () => {
  const { inbox, log, finish } = bench()
  for (const item of ['a…', 'b', 'c…']) inbox.push(item)
  inbox.whenIdle(() => log.push('idle'))
  await finish('a…')
  assert.deepEqual(log, ['a…', 'b', 'c…'])
  await finish('c…')
  assert.deepEqual(log, ['a…', 'b', 'c…', 'idle'])
  inbox.push('d')
  assert.deepEqual(log, ['a…', 'b', 'c…', 'idle', 'd'])
})

test('whenIdle waits for an inbox that is not open yet', () => {
  const { inbox, log } = bench({ isOpen: false })
  inbox.push('a')
  inbox.whenIdle(() => log.push('idle'))
  assert.deepEqual(log, [])
  inbox.open()
  assert.deepEqual(log, ['a', 'idle'])
})

test('whenIdle from within the work on an item calls back when that is done', () => {
  const { inbox, log } = bench({
    also: () => {
      inbox.whenIdle(() => log.push('idle'))
      log.push('not yet')
    },
  })
  inbox.push('a')
  assert.deepEqual(log, ['a', 'not yet', 'idle'])
})

test('whenIdle waits for what runs on after a discard', async () => {
  const { inbox, log, finish } = bench()
  for (const item of ['a…', 'b']) inbox.push(item)
  inbox.discard()
  inbox.whenIdle(() => log.push('idle'))
  assert.deepEqual(log, ['a…'])
  await finish('a…')
  assert.deepEqual(log, ['a…', 'idle'])
})

test('past its last bound an inbox says so for each item', () => {
  let passed = 0
  const inbox = new Inbox<string>({
    concurrency: 1,
    maxWaiting: 1,
    mostWaiting: 2,
    work() {},
    inboxFilled() {},
    inboxWeighs() {},
    inboxOverflowed: () => {
      passed++
    },
  })
  inbox.push('first')
  inbox.push('second')
  assert.equal(passed, 0)
  inbox.push('third')
  assert.equal(passed, 1)
})

test('whenIdle calls back when an inbox is discarded that was never opened', () => {
  const { inbox, log } = bench({ isOpen: false })
  inbox.push('a')
  inbox.whenIdle(() => log.push('idle'))
  assert.deepEqual(log, [])
  inbox.discard()
  assert.deepEqual(log, ['idle'])
})

// Owns: what adapters get of a socket's data and of its request, whatever an application or a client has put there.
// Elsewhere: what fetchSockets() makes of it (test/conformance/namespaces/data.test.ts, test/cluster/).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hall } from './bench.js'

interface Account {
  readonly toJSON: () => unknown
}

const circular: Record<string, unknown> = {}
circular.self = circular

function nested(levels: number): object {
  let data: object = {}
  for (let level = 1; level < levels; level++) data = { data }
  return data
}

// {"text":"…"} is eleven characters around it.
const sized = (bytes: number): object => ({ text: 'a'.repeat(bytes - 11) })
const account = (toJSON: () => unknown): Account => ({ toJSON })

const published: [what: string, data: object, copy: object][] = [
  ['nothing', {}, {}],
  ['a name', { name: 'Ada', roles: ['admin'], since: null }, { name: 'Ada', roles: ['admin'], since: null }],
  ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['what JSON leaves out', { fn: () => {}, none: undefined, key: Symbol('key') }, {}],
  ['what JSON has no word for', { nan: NaN, set: new Set([1]) }, { nan: null, set: {} }],
  ['an object of a class', account(() => ({ name: 'Ada' })), { name: 'Ada' }],
  ['as much as there may be', sized(65_536), sized(65_536)],
  ['as deep as it may be', nested(50), nested(50)],
  ['a text that looks like a key', { text: '"__proto__":' }, { text: '"__proto__":' }],
]

for (const [what, data, copy] of published) {
  test(`adapters get a copy: ${what}`, () => {
    const { seat, reports } = hall()
    const { member } = seat('ada')
    member.ownData = data
    assert.deepEqual(member.data, copy)
    assert.equal(member.ownData, data)
    assert.deepEqual(reports, [])
  })
}

const unpublished: [what: string, data: object][] = [
  ['a BigInt', { n: 1n }],
  ['a circle', circular],
  [
    'a toJSON() that throws',
    account(() => {
      throw new Error('not now')
    }),
  ],
  ['a toJSON() that answers nothing', account(() => undefined)],
  ['a toJSON() that answers no object', account(() => 5)],
  ['a toJSON() that answers a list', account(() => [])],
  ['a byte too many', sized(65_537)],
  ['characters of more than one byte', { text: '€'.repeat(22_000) }],
  ['a level too many', nested(51)],
  ['so many levels that nobody can count them', nested(20_000)],
  ['a key that others do not read', { a: [JSON.parse('{"__proto__":1}')] }],
]

for (const [what, data] of unpublished) {
  test(`adapters get an empty object, and it is reported once: ${what}`, () => {
    const { seat, reports } = hall()
    const { member } = seat('ada')
    member.ownData = data
    for (let times = 0; times < 3; times++) assert.deepEqual(member.data, {})
    assert.deepEqual(reports, ['handler_failed: this.data could not be published'])
    member.ownData = { fine: true }
    assert.deepEqual(member.data, { fine: true })
    member.ownData = data
    assert.deepEqual(member.data, {})
    assert.equal(reports.length, 2, 'what was fine in between is reported again')
  })
}

test('data is an object', () => {
  const { member } = hall().seat('ada')
  for (const wrong of [undefined, null, 5, 'text', [], true]) {
    assert.throws(
      () => {
        member.ownData = wrong as never
      },
      { name: 'UsageError', code: 'SIO_USAGE_DATA' },
    )
  }
  assert.deepEqual(member.ownData, {})
})

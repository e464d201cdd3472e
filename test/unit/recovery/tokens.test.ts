// Owns: tokens: each finds its owner, and nothing else finds anybody.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tokens } from '../../../lib/recovery/tokens.js'
import { randomId } from '../../../lib/support/ids.js'

test('each of many tokens finds its owner, and all differ', () => {
  const tokens = new Tokens<{ readonly number: number }>()
  const owners = Array.from({ length: 1_000 }, (_, number) => ({ number }))
  const texts = owners.map((owner) => tokens.textOf(tokens.add(owner)))
  assert.equal(new Set(texts.map((text) => text.slice(0, 20))).size, owners.length)
  for (const [at, text] of texts.entries()) {
    assert.match(text, /^[\w-]{20}(0|[1-9a-z][0-9a-z]*)$/)
    assert.equal(tokens.find(text), owners[at])
  }
})

test('a token is the same each time that it is asked for', () => {
  const tokens = new Tokens<object>()
  const place = tokens.add({})
  assert.equal(tokens.textOf(place), tokens.textOf(place))
})

test('a place with another secret, or a secret at another place, finds nobody', () => {
  const tokens = new Tokens<object>()
  const [one, other] = [tokens.textOf(tokens.add({})), tokens.textOf(tokens.add({}))]
  const secret = one.slice(0, 20)
  const guesses = [
    ...[0, 1, 2, 255, 256, 36 ** 6 - 1].map((place) => randomId() + place.toString(36)),
    other.slice(0, 20) + one.slice(20),
    `${secret}2`,
    secret,
    '',
    `${secret}-0`,
    secret.slice(0, 19) + one.slice(20),
  ]
  for (const guess of guesses) assert.equal(tokens.find(guess), undefined, guess)
})

test('a token that was removed finds nobody, nor does it find who has its place after it', () => {
  const tokens = new Tokens<{ readonly name: string }>()
  const place = tokens.add({ name: 'first' })
  const text = tokens.textOf(place)
  tokens.remove(place)
  assert.equal(tokens.find(text), undefined)
  const second = { name: 'second' }
  assert.equal(tokens.add(second), place)
  assert.equal(tokens.find(text), undefined)
  assert.equal(tokens.find(tokens.textOf(place)), second)
})

test('a place that is removed twice is given once', () => {
  const tokens = new Tokens<object>()
  const place = tokens.add({})
  tokens.remove(place)
  tokens.remove(place)
  assert.notEqual(tokens.add({}), tokens.add({}))
})

// Owns: which sids are tokens of ours, for how long, and how often.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { tokenLifetimeMs, Tokens } from '../../../lib/access/tokens.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

const secret = 'a secret that all processes share'

// Processes have a time of day each, here the same unless a test sets one off.
function cluster(): { clock: FakeClock; process: (its?: { secret?: string; aheadMs?: number }) => Tokens } {
  const clock = new FakeClock()
  return {
    clock,
    process: ({ secret: its = secret, aheadMs = 0 } = {}) =>
      new Tokens(its, new Deadlines(clock), () => 1_700_000_000_000 + aheadMs + clock.now()),
  }
}

test('a token of one process is good in another with the same secret', () => {
  const { process } = cluster()
  assert.equal(process().isGood(process().issue()), true)
})

test('no two tokens are alike, and all are spelled so that a URL needs no escapes', () => {
  const tokens = cluster().process()
  const issued = Array.from({ length: 1000 }, () => tokens.issue())
  assert.equal(new Set(issued).size, 1000)
  for (const token of issued) assert.match(token, /^[\w-]{50}$/)
})

test('a name in front of a token is signed with it', () => {
  const tokens = cluster().process()
  const token = tokens.issue('one')
  assert.match(token, /^one\.[\w-]{50}$/)
  assert.equal(tokens.isGood(token), true)
  const bare = tokens.issue()
  const others = [
    token.slice(4),
    `two${token.slice(3)}`,
    `.${token.slice(4)}`,
    `one.${token}`,
    `one.${bare}`,
    `.${bare}`,
  ]
  for (const other of others) assert.equal(tokens.isGood(other), false, other)
  tokens.use(token)
  assert.equal(tokens.isGood(token), false)
})

test('a token of another secret is not good', () => {
  const { process } = cluster()
  assert.equal(process().isGood(process({ secret: 'the secret of somebody else' }).issue()), false)
})

test('a token with any one character changed is not good', () => {
  const tokens = cluster().process()
  const token = tokens.issue()
  for (let at = 0; at < token.length; at++) {
    const changed = token[at] === 'A' ? 'B' : 'A'
    assert.equal(tokens.isGood(token.slice(0, at) + changed + token.slice(at + 1)), false, `at ${at}`)
  }
})

test('the signature of one token does not make another good', () => {
  const tokens = cluster().process()
  assert.equal(tokens.isGood(tokens.issue().slice(0, 28) + tokens.issue().slice(28)), false)
})

test('a signature without the secret is not good', () => {
  const tokens = cluster().process()
  const body = tokens.issue().slice(0, 28)
  for (const signature of [
    createHash('sha256').update(body).digest(),
    createHmac('sha256', '').update(body).digest(),
    Buffer.alloc(16),
  ]) {
    assert.equal(tokens.isGood(body + signature.subarray(0, 16).toString('base64url')), false)
  }
})

test('what is no token at all is not good', () => {
  const tokens = cluster().process()
  const token = tokens.issue()
  const garbage = [
    '',
    'x',
    token.slice(1),
    token.slice(0, -1),
    `${token}A`,
    'é'.repeat(50),
    '\0'.repeat(50),
    '='.repeat(50),
  ]
  for (const sid of [...garbage, 'x'.repeat(100_000), ` ${token.slice(1)}`]) assert.equal(tokens.isGood(sid), false)
})

test('a token is good for 30 seconds and no longer', () => {
  const { clock, process } = cluster()
  const token = process().issue()
  assert.equal(tokenLifetimeMs, 30_000)
  clock.advance(30_000)
  assert.equal(process().isGood(token), true)
  clock.advance(1)
  assert.equal(process().isGood(token), false)
})

test('a token of a process whose clock is a little ahead is good, one of the far future is not', () => {
  const { process } = cluster()
  assert.equal(process().isGood(process({ aheadMs: 5000 }).issue()), true)
  assert.equal(process().isGood(process({ aheadMs: 30_001 }).issue()), false)
})

test('a used token is not good a second time', () => {
  const tokens = cluster().process()
  const token = tokens.issue()
  tokens.use(token)
  assert.equal(tokens.isGood(token), false)
})

test('a token that another process has used is not good where that is known, and its name does not tell it', () => {
  const { process } = cluster()
  const [one, other] = [process(), process()]
  const token = one.issue()
  const name = one.use(token)
  other.remember(name)
  assert.equal(other.isGood(token), false)
  assert.equal(name.includes(token.slice(0, 8)), false)
})

test('a used token is remembered for as long as any clock may hold it good, and then forgotten', () => {
  const { clock, process } = cluster()
  // The issuer's clock is ahead: here its token is good for up to a minute.
  const token = process({ aheadMs: 30_000 }).issue()
  const tokens = process()
  tokens.use(token)
  for (let seconds = 0; seconds < 60; seconds++) {
    clock.advance(1000)
    assert.equal(tokens.isGood(token), false, `after ${seconds} s`)
  }
  clock.advance(1000)
  assert.equal(tokens.isGood(token), false)
  assert.equal(clock.timers, 0)
})

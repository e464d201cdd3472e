// Owns: what the unit tests say of the errors and of the table of their codes.
// Elsewhere: a test that provokes each code (test/conformance/error-codes.test.ts).
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  AckTimeoutError,
  ClosedError,
  ConnectError,
  DispatchError,
  errorCodes,
  HandlerError,
  HandshakeError,
  ProtocolError,
  quote,
  UsageError,
} from '../../../lib/support/errors.js'

const lib = join(import.meta.dirname, '..', '..', '..', 'lib')

test('every code of the table is made by some line of lib, and no line makes another', () => {
  const made = new Set<string>()
  for (const name of readdirSync(lib, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const source = readFileSync(join(lib, name), 'utf8')
    for (const [, code] of source.matchAll(/(?:new \w+Error|super)\(\s*'(SIO_\w+)'/g)) made.add(code as string)
  }
  assert.deepEqual([...made].toSorted(), Object.keys(errorCodes).toSorted())
})

test('a code begins with SIO and says what it means', () => {
  for (const [code, meaning] of Object.entries(errorCodes)) {
    assert.match(code, /^SIO_[A-Z]+(?:_[A-Z]+)*$/)
    assert.match(meaning, /^[a-z].*[^.]$/)
  }
})

test('the table cannot be changed', () => {
  assert.ok(Object.isFrozen(errorCodes))
})

test('an error has the name of its class, its code, its message and its cause', () => {
  const cause = new Error('because')
  const error = new UsageError('SIO_USAGE_OPTION', 'expected more', { cause })
  assert.ok(error instanceof Error)
  assert.equal(error.name, 'UsageError')
  assert.equal(error.code, 'SIO_USAGE_OPTION')
  assert.equal(error.message, 'expected more')
  assert.equal(error.cause, cause)
  assert.equal(new ProtocolError('SIO_PROTOCOL_PACKET', '').name, 'ProtocolError')
})

test('an error says its own name, whatever a minifier calls its class', (t) => {
  const name = Object.getOwnPropertyDescriptor(UsageError, 'name') as PropertyDescriptor
  t.after(() => Object.defineProperty(UsageError, 'name', name))
  Object.defineProperty(UsageError, 'name', { ...name, value: 'e' })
  assert.equal(new UsageError('SIO_USAGE_OPTION', '').name, 'UsageError')
})

test('a HandshakeError carries the HTTP status', () => {
  const { name, status, message } = new HandshakeError('SIO_HANDSHAKE_BUSY', 503, 'handshake error')
  assert.deepEqual({ name, status, message }, { name: 'HandshakeError', status: 503, message: 'handshake error' })
})

test("a DispatchError carries the error's name on the wire", () => {
  const { name, errorName } = new DispatchError('SIO_DISPATCH_METHOD', 'no_such_method', 'The method was not found')
  assert.deepEqual({ name, errorName }, { name: 'DispatchError', errorName: 'no_such_method' })
})

test('a HandlerError keeps what was thrown as its cause and out of its message', () => {
  const error = new HandlerError('The method "on_x" failed', 'secret')
  assert.equal(error.code, 'SIO_HANDLER')
  assert.equal(error.cause, 'secret')
  assert.equal(error.message, 'The method "on_x" failed')
})

test('a ConnectError carries data for the client', () => {
  const error = new ConnectError('members only', { retry: false })
  assert.equal(error.code, 'SIO_CONNECT')
  assert.deepEqual(error.data, { retry: false })
})

test('a ClosedError and an AckTimeoutError say what was waited for', () => {
  assert.equal(new ClosedError().code, 'SIO_CLOSED')
  assert.equal(new ClosedError().message, 'the namespace has ended')
  assert.equal(new AckTimeoutError(250).code, 'SIO_ACK_TIMEOUT')
  assert.equal(new AckTimeoutError(250).message, 'no ack came within 250 ms')
})

test('a value is quoted in at most 80 characters, on one line, without what is in an object', () => {
  const shown: [unknown, string][] = [
    ['a "b"\n', '"a \\"b\\"\\n"'],
    ['x'.repeat(100), `"${'x'.repeat(78)}…`],
    [1.5, '1.5'],
    [undefined, 'undefined'],
    [null, 'null'],
    [10n, '10'],
    [Symbol('s'), 'Symbol(s)'],
    [{ password: 'secret' }, 'an object'],
    [['secret'], 'an array'],
    [quote, 'function quote'],
    [() => {}, 'a function'],
  ]
  for (const [value, text] of shown) {
    assert.equal(quote(value), text)
    assert.ok(quote(value).length <= 80)
  }
})

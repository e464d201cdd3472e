// Owns: text that comes out of a script as it went in, whatever it holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { htmlfileString, jsonpCall, scriptString } from '../../../../lib/wire/v09/script.js'

const literals: readonly [text: string, literal: string, rule: string][] = [
  ['5:::{"name":"a"}', '"5:::{\\"name\\":\\"a\\"}"', 'quotes are escaped'],
  ['a\nb\\', '"a\\nb\\\\"', 'newlines and backslashes are escaped'],
  ['a\u2028b\u2029', '"a\\u2028b\\u2029"', 'U+2028 and U+2029 are escaped'],
  ['</script><!--', '"\\u003c/script>\\u003c!--"', 'no element can end or begin'],
  ['\ufffdé😀', '"\ufffdé😀"', 'everything else is left as it is'],
]

for (const [text, literal, rule] of literals) {
  test(`in the literal of a script, ${rule}`, () => {
    assert.equal(scriptString(text), literal)
  })
}

test('JSONP calls the callback of its number', () => {
  assert.equal(jsonpCall('7', scriptString('1::')), 'io.j[7]("1::");')
})

test('JSONP of several packets is one literal', () => {
  const script = jsonpCall('0', scriptString('\ufffd3\ufffd2::\ufffd3\ufffd2::'))
  assert.equal(script, 'io.j[0]("\ufffd3\ufffd2::\ufffd3\ufffd2::");')
})

test('every slash is escaped for htmlfile', () => {
  assert.equal(htmlfileString('1::/chat'), '"1::\\/chat"')
})

test('a script element cannot be ended by htmlfile', () => {
  assert.equal(htmlfileString('3:::</script>'), '"3:::\\u003c\\/script>"')
})

test('a slash with a backslash in front of it has one backslash more for htmlfile', () => {
  assert.equal(htmlfileString('\\/'), '"\\\\\\\\\\/"')
})

const texts = [
  '3:::hello',
  '1::/chat',
  '3:::</script><script>alert(1)</script>',
  '3:::\u2028\u2029\n\r\u0000',
  '3:::\\/',
  '3:::\\\\/',
  '3:::/\\/\\\\//\\',
  '4:::"a\\/b"',
  '\ufffd7\ufffd3:::é😀\ufffd3\ufffd2::',
]

for (const text of texts) {
  test(`the client of jsonp-polling reads what was written: ${JSON.stringify(text)}`, () => {
    const io = { j: [(data: string) => data] }
    assert.equal(runInNewContext(jsonpCall('0', scriptString(text)), { io }), text)
  })

  test(`the client of htmlfile, which unescapes slashes once more, reads what was written: ${JSON.stringify(text)}`, () => {
    const read: unknown = runInNewContext(htmlfileString(text))
    // As the transport of the 0.9.17 client does with what the frame hands over.
    assert.equal((read as string).replace(/\\\//g, '/'), text)
  })
}

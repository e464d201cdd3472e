// Owns: how deep the lists and objects of a JSON text are in each other, told before it is parsed.
// Elsewhere: reading the text (v09/packet.ts, v5/packet.ts).
import { ProtocolError } from '../support/errors.js'

const quote = 0x22
const backslash = 0x5c
const openingBracket = 0x5b
const closingBracket = 0x5d
const openingBrace = 0x7b
const closingBrace = 0x7d

/**
 * How many characters a level takes at least: a text that is no longer than that for each level need not be
 * checked, so that a small message costs one comparison.
 */
export const levelLength = 2

/**
 * JSON.parse takes any depth, but not all that is done with a value afterwards: JSON.stringify, deep copies,
 * adapters and handlers call themselves for each level, until the stack is full.
 * @param from where in the text the JSON begins.
 * @throws ProtocolError SIO_PROTOCOL_LIMIT when a text is deeper than `max`.
 */
export function checkJsonDepth(text: string, max: number, from = 0): void {
  if (!opensMoreThan(max, text, from)) return
  let depth = 0
  for (let at = from; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case openingBracket:
      case openingBrace:
        if (++depth > max) {
          throw new ProtocolError('SIO_PROTOCOL_LIMIT', `expected JSON of at most ${max} levels (maxJsonDepth)`)
        }
        break
      case closingBracket:
      case closingBrace:
        depth--
    }
  }
}

// Most texts do not even hold so many brackets, and looking for one is many times faster than looking at each
// character.
function opensMoreThan(max: number, text: string, from: number): boolean {
  let left = max
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket, from); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (left-- === 0) return true
    }
  }
  return false
}

// A string that does not end is not JSON, which its parser reports.
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let at = end
    while (text.charCodeAt(at - 1) === backslash) at--
    if ((end - at) % 2 === 0) return end
  }
  return text.length
}

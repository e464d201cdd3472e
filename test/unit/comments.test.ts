// Owns: how comments and texts of lib are written: plain words, lines that fit.
// Elsewhere: documents (documents.test.ts), what comments have to have (layers.test.ts).
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { translatedPhrases } from '../support/language.js'

const lib = join(import.meta.dirname, '..', '..', 'lib')
const sources = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

// What no phrase of a document has: "that cannot be" alone, "that is no function" for "anything but a function".
const phrases = [
  ...translatedPhrases,
  /\bthat cannot be(?! (?!is\b)\w)/gi,
  /@throws .*\bthat (?:is|are) no (?!longer\b|more\b)/gi,
]

/** A line's comment, or the texts in it. */
function proseOf(line: string): string {
  const [, comment] = /^\s*(?:\/\/|\/\*\*|\*) ?(.*)$/.exec(line) ?? []
  if (comment !== undefined) return comment.replace(/@param \w+/, '')
  return [...line.matchAll(/'[^'\n]*'|"[^"\n]*"|`[^`\n]*`/g)].join(' ')
}

test('comments, messages and log lines say what happens in plain words', () => {
  const found: string[] = []
  for (const name of sources) {
    for (const [index, line] of readFileSync(join(lib, name), 'utf8').split('\n').entries()) {
      const prose = proseOf(line)
      for (const phrase of phrases) {
        for (const [text] of prose.matchAll(phrase)) found.push(`${name}:${index + 1}: ${text}`)
      }
    }
  }
  assert.deepEqual(found, [])
})

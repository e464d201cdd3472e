// Owns: how README, SECURITY and docs are written: plain words, short lines, a README that is read in one go.
// Elsewhere: that they are right (../conformance/readme.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDocuments } from '../support/documents.js'
import { translatedPhrases } from '../support/language.js'

// What sounds translated: inverted sentences, people for things, words of our own where the field has one.
const translated: readonly RegExp[] = [
  ...translatedPhrases,
  /\bthat cannot be\b/gi,
  /\bwhat (?:cannot|may not|must not) be\b/gi,
  /\b(?:is|are|was|were) there\b/gi,
  /\b(?:is|are|was|were|been) told\b(?! of\b)/gi,
  /\bthe ones? (?:that|who)\b/gi,
  /\b(?:is|are|was|were) asked\b/gi,
  /\bwait for ever for\b/gi,
  // Inversions: "Who comes is refused", "Tested are …", "What comes meanwhile is taken", "Compared is …".
  /(?:^|[.:;] |\*\*|\| )Who \w+s (?:is|are|gets?)\b/gm,
  /(?:^|[.:;] |\*\*|\| )[A-Z][a-z]+ed (?:is|are)\b/gm,
  /(?:^|[.:;] |\*\*|\| )What (?!a |an |the )(?:\w+ ){1,6}?(?:is|are|goes|waits|gets) (?!a\b|an\b|the\b)\w+(?:ed|en|on|ne)\b/gm,
  /\bnobody is\b/gi,
  /\bnothing of\b/gi,
  // "something that is no function" for "anything but a function".
  /\b(?:that|which|it|of what) (?:is|are) no (?!longer\b|more\b)/gi,
  /\b(?:is|are) not offered\b/gi,
]

/** The prose of a document, line by line: without comments, quotations of others, and code, whose comments may stay. */
function proseOf(text: string, hasRemarks = false): string[] {
  const hide = (block: string): string =>
    block.replaceAll(/.+/g, (line) => (hasRemarks ? (/(?:\/\/|^ *#) (.*)$/.exec(line)?.[1] ?? '') : ''))
  return text
    .replaceAll(/<!--[^]*?-->/g, (hidden) => '\n'.repeat(hidden.split('\n').length - 1))
    .replaceAll(/^```[^]*?^```$/gm, hide)
    .replaceAll(/`[^`\n]*`/g, '``')
    .replaceAll(/^> .*$/gm, '')
    .split('\n')
}

function findTranslated(): string[] {
  return [...readDocuments()].flatMap(([path, text]) =>
    // A phrase may go on in the next line.
    proseOf(text, true).flatMap((line, index, lines) => {
      const isProse = line.trim() !== '' && !line.startsWith('|') && !line.startsWith('#')
      const both = isProse ? `${line} ${lines[index + 1]?.trim() ?? ''}` : line
      return translated.flatMap((pattern) =>
        [...both.matchAll(pattern)]
          .filter((match) => match.index < line.length)
          .map(([phrase]) => `${path}:${index + 1}: ${phrase}`),
      )
    }),
  )
}

test('the list of phrases finds what it is for', () => {
  for (const line of [
    'Who comes is refused from the first moment on.',
    'Recovery is not offered. Tested are four clients.',
    'a value that cannot be is thrown at once',
    'A socket that ends so hears the reason.',
    'What comes meanwhile is taken as ever.',
    'Throws for something that is no function.',
    'The sockets of clients that are there.',
  ]) {
    assert.ok(
      translated.some((pattern) => new RegExp(pattern.source, 'im').test(line)),
      line,
    )
  }
})

test('README, SECURITY and docs are written in plain words', () => {
  const found = findTranslated()
  assert.ok(found.length <= 15, found.join('\n'))
})

test('README has at most 300 lines', () => {
  const lines = (readDocuments().get('README.md') ?? '').trimEnd().split('\n')
  assert.ok(lines.length <= 300, String(lines.length))
})

test('lines of prose have at most 100 characters', () => {
  const long = [...readDocuments()].flatMap(([path, text]) =>
    proseOf(text)
      .map((line, index) => ({ line, length: text.split('\n')[index]?.length ?? 0, place: `${path}:${index + 1}` }))
      // Tables have no line breaks, and a link or a name in code cannot be broken.
      .filter(
        ({ line, length }) => length > 100 && !line.startsWith('|') && !line.startsWith('![') && line.includes(' '),
      )
      .map(({ place }) => place),
  )
  assert.deepEqual(long, [])
})

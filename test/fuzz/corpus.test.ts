// Owns: every kept input once more: at its decoder, cut anywhere, and at a live server in many ways.
// Elsewhere: where they are (corpus.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faces } from '../support/server.js'
import { Arena } from './arena.js'
import { assault } from './assault.js'
import { readCorpus } from './corpus.js'
import { crew } from './crew.js'
import { checkInput } from './kinds.js'
import { Random } from './random.js'
import { decoderKinds, type DecoderKind, type Kind } from './seeds.js'
import { Witnesses } from './witnesses.js'

const ways = 4
const corpus = readCorpus()

// Long ones hold the same again and again.
const mostCuts = 300

for (const { kind, name, bytes } of corpus) {
  if (!isOfDecoder(kind)) continue
  test(`${kind}/${name} is read or refused, whole and cut anywhere`, async () => {
    const cuts = kind === 'payload-09' || kind === 'form-09' ? Math.min(bytes.length, mostCuts) : 0
    for (let at = 0; at <= cuts; at++) {
      await checkInput(kind, bytes, [bytes.subarray(0, at), bytes.subarray(at)], `${name}, cut at ${at}`)
    }
  })
}

for (const face of faces) {
  test(`a server under ${face} lives through the whole corpus, serves its clients, and keeps nothing`, async (t) => {
    const arena = await Arena.open(t, face)
    const witnesses = await Witnesses.enter(arena)
    t.after(() => {
      witnesses.leave()
    })
    for (let way = 0; way < ways; way++) {
      const left = corpus.entries()
      await crew(() => {
        const { done, value } = left.next()
        if (done === true) return undefined
        const [at, { kind, bytes }] = value
        return assault(arena, kind, bytes, Random.ofCase(way, at))
      })
      assert.deepEqual(arena.faults, [])
    }
    await witnesses.assertServed()
    witnesses.leave()
    await arena.assertDeserted()
  })
}

function isOfDecoder(kind: Kind): kind is DecoderKind {
  return (decoderKinds as readonly string[]).includes(kind)
}

// Owns: bytes turned into others that are nearly right: the same seed, the same bytes.
// Elsewhere: what it begins with (seeds.ts), what is done with the outcome (decoders.ts, assault.ts).
import type { Random } from './random.js'

const longest = 60_000

// What decoders look for, and numbers at which they may turn.
const tokens = [
  String.raw`: :: + / , - " [ ] { } \ % %00 %u = & ? d= /chat __proto__ constructor </script> null true [] {} ""`,
  '\ufffd \ufffd5\ufffd \u001e \u2028 \ud83d\ude00 \0 \n \r\n \r\n\r\n',
  '0 1 -1 9 255 256 65535 65536 2147483648 4294967296 9007199254740993 1e9 1e400',
  '{"_placeholder":true,"num":0} {"toJSON":1} {"length":1000000000}',
].flatMap((line) => line.split(' ').map((text) => Buffer.from(text)))
const noUtf8 = ['ff', 'c3', 'eda080', 'f09f', '80', '7f', '00'].map((digits) => Buffer.from(digits, 'hex'))

type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer

function replace(bytes: Buffer, from: number, to: number, ...pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat([bytes.subarray(0, from), ...pieces, bytes.subarray(to)])
}

/** Two places, the first not behind the second. */
function span({ length }: Buffer, random: Random, most = length): [from: number, to: number] {
  const from = random.below(length + 1)
  return [from, Math.min(length, from + random.below(most + 1))]
}

/** A number written in the bytes: where it begins and ends. */
function number(bytes: Buffer, random: Random): [from: number, to: number] | undefined {
  const found = [...bytes.toString('latin1').matchAll(/\d+/g)]
  if (found.length === 0) return undefined
  const { index, 0: digits } = random.pick(found)
  return [index, index + digits.length]
}

const mutations: Readonly<Record<string, Mutation>> = {
  flipBit(bytes, random) {
    const at = random.below(bytes.length)
    return replace(bytes, at, at + 1, Buffer.from([(bytes[at] as number) ^ (1 << random.below(8))]))
  },
  setByte(bytes, random) {
    const at = random.below(bytes.length)
    return replace(bytes, at, at + 1, Buffer.from([random.below(256)]))
  },
  cutOut(bytes, random) {
    const [from, to] = span(bytes, random, random.oneIn(4) ? bytes.length : 4)
    return replace(bytes, from, to)
  },
  cutShort: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  repeat(bytes, random) {
    const [from, to] = span(bytes, random, 200)
    const times = 1 + random.below(random.oneIn(20) ? 300 : 3)
    return replace(bytes, to, to, ...Array.from({ length: times }, () => bytes.subarray(from, to)))
  },
  swap(bytes, random) {
    const [from, middle] = span(bytes, random)
    const to = middle + random.below(bytes.length - middle + 1)
    return replace(bytes, from, to, bytes.subarray(middle, to), bytes.subarray(from, middle))
  },
  putToken(bytes, random) {
    const [from, to] = span(bytes, random, random.below(4))
    return replace(bytes, from, to, random.pick(random.oneIn(4) ? noUtf8 : tokens))
  },
  changeNumber(bytes, random) {
    const place = number(bytes, random)
    if (place === undefined) return bytes
    const value = Number(bytes.toString('latin1', ...place))
    const near = [value + 1, value - 1, value * 2, -value, 0, `0${value}`]
    const other = random.pick([...near, value * 1e9, '9'.repeat(random.below(400))])
    return replace(bytes, ...place, Buffer.from(String(other)))
  },
  mix(bytes, random, others) {
    const other = random.pick(others)
    const [from, to] = span(other, random)
    const at = random.below(bytes.length + 1)
    return replace(bytes, at, random.oneIn(2) ? at : bytes.length, other.subarray(from, to))
  },
}
const ways = Object.values(mutations)

/** Changes one of the `seeds` in one place or a few; once in a while it stays as it is. */
export function mutate(seeds: readonly Buffer[], random: Random): Buffer {
  let bytes = random.pick(seeds)
  if (random.oneIn(12)) return bytes
  for (let left = 1 + random.below(random.oneIn(3) ? 8 : 2); left > 0; left--) {
    if (bytes.length === 0) bytes = random.pick(tokens)
    bytes = random.pick(ways)(bytes, random, seeds).subarray(0, longest)
  }
  return bytes
}

/** Cuts bytes at any places: whole, in a few pieces, or, if they are few, byte by byte. */
export function split(bytes: Buffer, random: Random): Buffer[] {
  if (random.oneIn(3)) return [bytes]
  if (bytes.length < 300 && random.oneIn(12)) return Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1))
  const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(bytes.length + 1))
  const ends = [...cuts, bytes.length].toSorted((one, other) => one - other)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

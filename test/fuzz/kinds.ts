// Owns: one input of a kind: made by its number, checked at its decoder.
// Elsewhere: the kinds and what they begin with (seeds.ts), the same at a server (assault.ts).
import { checkForm, checkFrames5, checkPacket09, checkPayload09, framesOf } from './decoders.js'
import { mutate, split } from './mutator.js'
import { Random } from './random.js'
import { seeds, type DecoderKind, type Kind } from './seeds.js'

/** An input that broke what must hold, told so that it can be had again. */
export class Find extends Error {
  readonly kind: Kind
  readonly bytes: Buffer
  /** The run and the case. */
  readonly from: string

  constructor(kind: Kind, bytes: Buffer, from: string, cause: unknown) {
    super(
      `${kind} of ${from}: ${cause instanceof Error ? cause.message : String(cause)}\n${bytes.toString('base64')}`,
      {
        cause,
      },
    )
    this.kind = kind
    this.bytes = bytes
    this.from = from
  }
}

/** The bytes of one case of a run, and the chance that goes on from there. */
export function caseOf(kind: Kind, seed: number, index: number): { bytes: Buffer; random: Random } {
  const random = Random.ofCase(seed, index)
  return { bytes: mutate(seeds[kind], random), random }
}

/** @throws Find when the decoder of a kind does not keep what it must. */
export async function checkMutated(kind: DecoderKind, seed: number, index: number): Promise<void> {
  const { bytes, random } = caseOf(kind, seed, index)
  await checkInput(kind, bytes, split(bytes, random), `seed ${seed}, case ${index}`)
}

/** @throws Find when the decoder of a kind does not keep what it must. */
export async function checkInput(
  kind: DecoderKind,
  bytes: Buffer,
  pieces: readonly Buffer[],
  from: string,
): Promise<void> {
  try {
    if (kind === 'packet-09') checkPacket09(bytes.toString())
    else if (kind === 'frames-5') checkFrames5(framesOf(bytes))
    else {
      await checkPayload09(pieces, kind === 'form-09')
      if (kind === 'form-09') checkForm(bytes.toString())
    }
  } catch (cause) {
    throw new Find(kind, bytes, from, cause)
  }
}

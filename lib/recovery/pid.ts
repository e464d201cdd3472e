// Owns: the private id that a client of Socket.IO 4 gets with the confirmation of each namespace: how it is
// made, and how what a client sends in its place is read.
// Elsewhere: which life is the present one (clients/lives.ts), what is sent again (missed.ts).
import type { ConnectPacket } from '../wire/packet.js'

/**
 * A private id names a client, by 120 random bits, and one life of one of its namespaces.
 *
 * A client that has left a namespace and enters it again sends the id of the life before. It takes itself for
 * recovered when it gets the same one back: each life has its own.
 */
export interface PrivateId {
  readonly token: string
  readonly life: number
}

// A token ends in a number of its own (tokens.ts).
const form = /^([\w-]{20}(?:0|[1-9a-z][0-9a-z]{0,5}))-([1-9a-z][0-9a-z]{0,5})$/

export function writePid({ token, life }: PrivateId): string {
  return `${token}-${life.toString(36)}`
}

/** What a text names; undefined for anything that was not written here. */
export function readPid(text: unknown): PrivateId | undefined {
  if (typeof text !== 'string') return undefined
  const [, token, life] = form.exec(text) ?? []
  return token === undefined || life === undefined ? undefined : { token, life: Number.parseInt(life, 36) }
}

/** What a client says of an earlier connection. */
export interface ResumeRequest {
  readonly pid: PrivateId
  /** As it came: what it is worth is up to the endpoint. */
  readonly offset: unknown
}

/**
 * Takes what a client says of an earlier connection out of its connect: it is a credential, and nothing of
 * the application's is to see it. Under these two names nothing of the application's own comes through
 * either, and it counts for nothing.
 */
export function takeResume(packet: ConnectPacket): [ConnectPacket, ResumeRequest | undefined] {
  const { auth } = packet
  if (typeof auth !== 'object' || auth === null || !('pid' in auth || 'offset' in auth)) return [packet, undefined]
  const { pid, offset, ...own } = auth as Readonly<Record<string, unknown>>
  const read = readPid(pid)
  return [{ ...packet, auth: own }, read && { pid: read, offset }]
}

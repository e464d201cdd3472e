// Owns: what is said about a name that does not exist here: ours for it, or the nearest of ours.
// Elsewhere: names of options (server/foreign-options.ts), of members (foreign-members.ts).
import { editDistance } from './edit-distance.js'

/** Names of Socket.IO or gevent-socketio that do not exist here, each with what to use in its place. */
export type ForeignNames = Readonly<Record<string, string>>

/** How many letters may differ, for so many letters of the name that was given. */
const lettersPerMistake = 4

const longestTyped = 100

/** What is farther is not like the name that was given. */
const farthest = 0.45

/** Says what to use in place of `name`; undefined when no name is near. */
export function adviceFor(name: string, known: readonly string[], foreign: ForeignNames = {}): string | undefined {
  // gevent-socketio writes with "_" what Socket.IO 0.9 writes with spaces.
  const exact = ownText(foreign, name) ?? ownText(foreign, name.replaceAll('_', ' '))
  if (exact !== undefined) return exact
  const nearest = nearestOf(name, [...known, ...Object.keys(foreign)]) ?? onlyBeginning(name, known)
  if (nearest === undefined) return undefined
  const advice = ownText(foreign, nearest)
  return advice === undefined ? `did you mean ${nearest}?` : `did you mean ${nearest}? ${advice}`
}

/** The names with the nearest of them in front, if one is like `name` at all: for a list in a message. */
export function nearestFirst(name: string, known: readonly string[]): readonly string[] {
  // What was typed may be of any length, and a name of ours is short.
  const typed = name.slice(0, longestTyped)
  let nearest: string | undefined
  let least = farthest
  for (const candidate of known) {
    const far = farness(typed, candidate)
    if (far >= least) continue
    nearest = candidate
    least = far
  }
  return nearest === undefined ? known : [nearest, ...known.filter((other) => other !== nearest)]
}

/**
 * From 0, the same, to 1, nothing in common: by letters, or by whole words wherever they stand, `onError` and
 * `errorHandler`.
 */
function farness(typed: string, candidate: string): number {
  const [one, other] = [plain(typed), plain(candidate)]
  const byLetters = editDistance(one, other) / Math.max(one.length, other.length, 1)
  const words = new Set(wordsOf(candidate))
  const shared = wordsOf(typed).filter((word) => words.has(word))
  return Math.min(byLetters, 1 - shared.join('').length / Math.max(one.length, 1))
}

/** The words of four letters and more. */
function wordsOf(name: string): string[] {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
  return words.filter((word) => word.length >= 4)
}

function ownText(names: ForeignNames, name: string): string | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined
}

/** The candidate that differs from a mistyped name in its case, or in a few letters. */
function nearestOf(name: string, candidates: readonly string[]): string | undefined {
  const typed = plain(name)
  if (typed === '') return undefined
  let nearest: string | undefined
  let fewest = Math.max(1, Math.floor(typed.length / lettersPerMistake)) + 1
  for (const candidate of candidates) {
    const spelled = plain(candidate)
    // Names that differ by their lengths already differ by as many letters.
    if (Math.abs(spelled.length - typed.length) >= fewest) continue
    const mistakes = editDistance(typed, spelled)
    if (mistakes >= fewest) continue
    nearest = candidate
    fewest = mistakes
  }
  return nearest
}

function onlyBeginning(name: string, candidates: readonly string[]): string | undefined {
  const typed = plain(name)
  const found = candidates.filter((candidate) => typed.length >= 4 && plain(candidate).startsWith(typed))
  return found.length === 1 ? found[0] : undefined
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '')
}

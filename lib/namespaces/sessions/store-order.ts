// Owns: that a read and the write after it are not torn apart by those of another client with the same
// session, in this process.
// Elsewhere: the turns of one client's handlers (client-session.ts), its own calls of the store
// (kept-session.ts).
import { Deadline } from '../../support/timers.js'
import type { Patience } from './ask-store.js'

// By store, and by the id of the session: when the last one is done.
const ends = new WeakMap<object, Map<string, Promise<void>>>()

/** Does it once the one before has been done, or has taken `sessionTimeout`. */
export function inStoreOrder<Result>(
  patience: Patience,
  store: object,
  id: string,
  work: () => Promise<Result>,
): Promise<Result> {
  let ofStore = ends.get(store)
  if (ofStore === undefined) ends.set(store, (ofStore = new Map()))
  const ofIds = ofStore
  const before = ofIds.get(id)
  const done = before === undefined ? work() : waited(patience, before).then(work)
  const over = (): void => {
    if (ofIds.get(id) === end) ofIds.delete(id)
  }
  // The caller gets its failure.
  const end = done.then(over, over)
  ofIds.set(id, end)
  return done
}

function waited({ deadlines, sessionTimeout }: Patience, before: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = new Deadline({ deadlinePassed: resolve })
    deadlines.arm(deadline, sessionTimeout)
    before.then(() => {
      deadlines.disarm(deadline)
      resolve()
    }, reject)
  })
}

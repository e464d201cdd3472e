// Owns: that a read and the write after it are not torn apart by those of another client with the same
// session, in this process.
// Elsewhere: the turns of one client's handlers (client-session.ts), its own calls of the store
// (kept-session.ts).
import { Deadline } from '../../support/timers.js'
import type { Patience } from './ask-store.js'

/** Those of one session, one after the other. */
interface Line {
  /** When the last one is done. */
  end: Promise<void>
  /** How many have been done: while they are, it is worth waiting. */
  done: number
}

// By store, and by the id of the session.
const lines = new WeakMap<object, Map<string, Line>>()

/** Does it once those before have been done, or once for `sessionTimeout` none of them has. */
export function inStoreOrder<Result>(
  patience: Patience,
  store: object,
  id: string,
  work: () => Promise<Result>,
): Promise<Result> {
  let ofStore = lines.get(store)
  if (ofStore === undefined) lines.set(store, (ofStore = new Map()))
  const ofIds = ofStore
  const before = ofIds.get(id)
  const done = before === undefined ? work() : waited(patience, before).then(work)
  const line = before ?? { end: Promise.resolve(), done: 0 }
  const over = (): void => {
    if (line.end === end) ofIds.delete(id)
  }
  const end = done.then(
    () => {
      line.done++
      over()
    },
    // The caller gets its failure.
    over,
  )
  line.end = end
  ofIds.set(id, line)
  return done
}

function waited({ deadlines, sessionTimeout }: Patience, line: Line): Promise<void> {
  return new Promise((resolve, reject) => {
    let { done } = line
    const deadline = new Deadline({
      deadlinePassed: () => {
        if (done === line.done) resolve()
        else deadlines.arm(deadline, sessionTimeout)
        ;({ done } = line)
      },
    })
    deadlines.arm(deadline, sessionTimeout)
    line.end.then(() => {
      deadlines.disarm(deadline)
      resolve()
    }, reject)
  })
}

// Owns: every function that an application can hand us, crossed with every way to fail: what must come of the connect that
// meets it, and how often the developer is told.
// Elsewhere: where each stands (application.ts), the walk that meets it (walk.ts), what makes this list complete (../user-code.test.ts).
import type { Generation } from '../../support/generations.js'
import type { FaultName } from './faults.js'

/** What comes of the connect, and how many reports: `in 0`, `refused 1`, `silent 0-1`; `-` where it cannot be. */
export type Cell = string

export interface Row {
  readonly name: string
  /** What it is given for: a class of the application, an option, a call. */
  readonly kind: 'class' | 'option' | 'call'
  readonly cells: Readonly<Record<FaultName, Cell>>
  readonly generations: readonly Generation[]
  /** Where it stands in the way of a client from its first request on, or only once that is in. */
  readonly isArmedAtOnce: boolean
  readonly garbage: unknown
}

const both: readonly Generation[] = ['0.9', '4']

function row(
  kind: Row['kind'],
  name: string,
  [throws, rejects, promise, never, garbage, field]: readonly [Cell, Cell, Cell, Cell, Cell, Cell],
  others: Partial<Pick<Row, 'generations' | 'isArmedAtOnce' | 'garbage'>> & { readonly unawaitable?: Cell } = {},
): Row {
  const cells = {
    throws,
    rejects,
    'answers a promise': promise,
    'never settles': never,
    'answers garbage': garbage,
    // As what rejects, which `await` makes of it, where nothing else is said.
    'answers what cannot be awaited': others.unawaitable ?? rejects,
    'is a class field': field,
  }
  return { kind, name, cells, generations: both, isArmedAtOnce: false, garbage: 42, ...others }
}

const gate = { isArmedAtOnce: true }
const only09: Partial<Row> = { generations: ['0.9'] }
/** What a handler may not return where an ack is asked for. */
const unspeakable = { garbage: { amount: 10n } }

// In order: throws, rejects, answers a promise, never settles, answers garbage, is a class field.
export const table: readonly Row[] = [
  // What stands between a request and a client. A field of a class does not.
  row('option', 'authorize', ['403 1', '403 1', 'in 0', '403 0-1', '403 0-1', '-'], gate),
  row('option', 'session', ['403 1', '403 1', 'in 0', '403 0-1', '403 0-1', '-'], gate),
  row('option', 'origins', ['403 1', '403 1', 'in 0', '403 0-1', '403 0-1', '-'], gate),
  row('option', 'engine.generateId', ['403 1', '403 1', 'in 0', '403 0-1', '403 0-1', '-'], {
    ...gate,
    generations: ['4'],
  }),

  // What stands between a client and a namespace. Only what may be asynchronous may answer a promise.
  row('call', 'io.use()', ['refused 1', 'refused 1', 'in 0', 'refused 0-1', 'refused 0-1', '-'], gate),
  row('option', 'adapter', ['refused 1', 'refused 1', 'refused 1', 'refused 1', 'refused 1', '-'], gate),
  row('class', 'constructor', ['refused 1', 'refused 1', 'refused 1', 'refused 1', 'refused 1', '-'], {
    ...gate,
    garbage: {},
  }),
  row('class', 'getInitialAcl', ['refused 1', 'refused 1', 'refused 1', 'refused 1', 'refused 1', 'refused 1'], gate),
  row('class', 'initialize', ['refused 1', 'refused 1', 'in 0', 'silent 0', 'in 0', 'refused 1'], gate),
  row('class', 'recv_connect', ['refused 1', 'refused 1', 'in 0', 'silent 0', 'in 0', 'refused 1'], gate),
  row(
    'class',
    'exceptionHandlerDecorator',
    ['refused 1', 'refused 1', 'refused 1', 'refused 1', 'refused 1', 'in 0'],
    gate,
  ),
  row('class', 'the wrapper of a decorator', ['refused 1', 'refused 1', 'in 0', 'silent 0', 'refused 1', '-'], gate),
  row(
    'class',
    'isMethodAllowed',
    ['refused 1', 'refused 0-1', 'refused 0-1', 'refused 0-1', 'refused 0-1', 'in 0'],
    gate,
  ),
  row('class', 'processPacket', ['refused 1', 'refused 1', 'in 0', 'silent 0', 'in 0', 'in 0'], gate),
  row('class', 'callMethodWithAcl', ['refused 1', 'refused 1', 'in 0', 'silent 0', 'any 0-1', 'in 0'], gate),
  row('class', 'callMethod', ['refused 1', 'refused 1', 'in 0', 'silent 0', 'any 0-1', 'in 0'], gate),

  // What is called for a client that is in. A method that a client reaches is never a field.
  row('class', 'on_event', ['in 1', 'in 1', 'in 0', 'in 0', 'in 1', 'refused 1'], unspeakable),
  row('class', 'recv_message', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', 'refused 1']),
  row('class', 'recv_json', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', 'refused 1'], only09),
  row('class', 'recv_error', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', 'refused 1'], only09),
  row('class', 'processEvent', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', 'in 0']),
  row('class', 'recv_disconnect', ['in 1', 'in 1', 'in 0', 'in 0-1', 'in 0', 'refused 1']),
  row('class', 'disconnect', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', 'in 0']),
  row('class', 'a job', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0-1', '-']),
  row('class', 'a job that is not async', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0-1', '-']),
  row('class', 'a generator job', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('class', 'a job of the socket', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0-1', '-']),
  row('class', 'an abort listener', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('class', 'onabort', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('class', 'what is done after sleep()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('call', 'the ack callback of emit()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('call', 'the ack callback of timeout().emit()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('call', 'the callback of send()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('call', 'the callback of io.of().timeout().emit()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('call', 'the callback of broadcast.timeout().emit()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('call', 'a listener of onServerSideEmit()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('call', 'the callback of serverSideEmit()', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('option', 'errorHandler', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  row('option', 'rateLimit.onLimit', ['in 1', 'in 1', 'in 0', 'in 0', 'in 0', '-']),
  // A codec says by a throw that a text is none; what it answers is the application's own data.
  row('option', 'jsonParse', ['in 0-1', 'in 0-1', 'in 0-1', 'in 0-1', 'in 0-1', '-'], only09),
  row('option', 'jsonStringify', ['in 0-1', 'in 0-1', 'in 0-1', 'in 0-1', 'in 0-1', '-'], only09),
  // Its promise is the application's own: nobody was given it.
  row('call', 'toJSON of what is sent', ['in 1', '-', 'in 0-1', 'in 0-1', 'in 0-1', '-']),
  row('call', 'toJSON of this.data', ['in 1', '-', 'in 0', 'in 0', 'in 1', '-']),
]

/** Functions that are no application's to hand over, or that nobody here ever calls, each with why. */
export const others: Readonly<Record<string, string>> = {
  app: 'services: nobody here calls them',
  clock: 'it is for tests: one that fails has no time to fail in',
  'engine.wsEngine': 'another websocket library, not an application',
  'class: constructor': 'in the table',
  'class: emit': 'the application calls it',
  'class: emitWithAck': 'the application calls it',
  'class: timeout': 'the application calls it',
  'class: send': 'the application calls it',
  'class: error': 'the application calls it',
  'class: addAclMethod': 'the application calls it',
  'class: delAclMethod': 'the application calls it',
  'class: liftAclRestrictions': 'the application calls it',
  'class: resetAcl': 'the application calls it',
  'class: spawn': 'the application calls it; jobs are in the table',
  'class: sleep': 'the application calls it',
  'class: killLocalJobs': 'the application calls it',
  'class: saveSession': 'the application calls it',
  'class: sessionEnded': 'nobody here has a session: it fails in each way in test/conformance/sessions/ended.test.ts',
  'class: recv_suspend': 'nobody here comes back: it fails in each way in test/conformance/recovery/hooks.test.ts',
  'class: recv_resume': 'nobody here comes back: it fails in each way in test/conformance/recovery/hooks.test.ts',
  'recovery.check': 'nobody here comes back: it fails in each way in test/conformance/recovery/hooks.test.ts',
  'class: join': 'the application calls it',
  'class: leave': 'the application calls it',
  'class: to': 'the application calls it',
  'class: in': 'the application calls it',
  'class: except': 'the application calls it',
  'class: emitToRoom': 'the application calls it',
  'class: broadcastEvent': 'the application calls it',
  'class: broadcastEventNotMe': 'the application calls it',
}

/** What each member of `io` takes that is a function. */
export const membersOfIo: Readonly<Record<string, readonly string[]>> = {
  use: ['io.use()'],
  emit: ['the callback of io.of().timeout().emit()'],
  serverSideEmit: ['the callback of serverSideEmit()'],
  onServerSideEmit: ['a listener of onServerSideEmit()'],
  offServerSideEmit: [],
  to: [],
  in: [],
  except: [],
  local: [],
  volatile: [],
  timeout: [],
  emitWithAck: [],
  fetchSockets: [],
  count: [],
  instances: [],
  rooms: [],
  roomCounts: [],
  socketsJoin: [],
  socketsLeave: [],
  disconnectSockets: [],
  of: [],
  sockets: [],
  // Each way in which it fails is in test/conformance/faces/beside.test.ts.
  attach: [],
  stats: [],
  close: [],
}

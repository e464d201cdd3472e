// Owns: what a client's namespaces are called with when its connection is lost and when it comes back.
// Elsewhere: when that is (recovery/recoverable-socket.ts), how a namespace ends (instance.ts).
import { ConnectError, isA } from '../support/errors.js'
import { messageOf, publish, socketResumes, socketSuspends } from '../support/channels.js'
import { isPromiseLike, within } from '../support/promises.js'
import { attempt } from '../support/user-code.js'
import type { LossReason } from '../socket/lifecycle.js'
import type { ClientHooks } from '../recovery/keeper.js'
import { markRecovered } from '../recovery/recovered.js'
import { recoverableOf } from '../recovery/recoverable-socket.js'
import { patienceMs } from '../recovery/recovery.js'
import type { SocketResumeMessage, SocketSuspendMessage } from '../namespaces/messages.js'
import type { Client } from './client.js'
import type { Instance } from './instance.js'

export const clientHooks: ClientHooks = {
  isResumable: (client) => isResumable(client as Client),
  protocolOf: (client) => (client as Client).rules.protocol,
  addressOf: (client) => (client as Client).origin.environ.address,
  shown: (client) => (client as Client).socket,
  suspended: (client, reason) => {
    suspended(client as Client, reason)
  },
  resuming: (client, request) => resuming(client as Client, request),
  resumed: (client) => {
    resumed(client as Client)
  },
  isStopped: (client) => (client as Client).backlog.isStopped,
  endpointsOf: (client) => [...(client as Client).instances].map(({ endpoint }) => endpoint),
  isIn: (client, endpoint) => {
    const { instances } = client as Client
    // The next one waits for the end of the one before it.
    return !(client as Client).wouldAsk(endpoint) || instances.nextOf(endpoint) !== undefined
  },
  notClaimed: (client, endpoint) => {
    ;(client as Client).instances.get(endpoint)?.lose('transport close')
  },
}

/**
 * A client of 4 comes back to namespaces, of which it has been told a name each; others to all that they
 * have.
 */
function isResumable({ rules, instances }: Client): boolean {
  if (rules.hasImplicitGlobal) return true
  for (const { state } of instances) if (state === 'open') return true
  return false
}

function suspended(client: Client, reason: LossReason): void {
  const { rules, instances, socket } = client
  for (const instance of instances) {
    if (instance.state === 'open') tell(instance, reason)
    // It was told no name to come back by.
    else if (!rules.hasImplicitGlobal) instance.lose('transport close')
  }
  if (!socketSuspends.hasSubscribers) return
  const message: SocketSuspendMessage = messageOf({ protocol: rules.protocol, reason }, { socket })
  publish(socketSuspends, message)
}

function tell({ calls, namespace, endpoint }: Instance, reason: LossReason): void {
  if (namespace === undefined) return
  attempt(calls, 'recv_suspend', () => namespace.callMethod('recv_suspend', { type: 'disconnect', endpoint }, reason))
}

/**
 * Asks all that are open, at once. Those that refuse have ended when it is done; undefined where nobody has
 * to be waited for.
 */
function resuming({ instances }: Client, request: unknown): Promise<void> | undefined {
  const asked: Promise<boolean>[] = []
  for (const instance of instances) {
    if (instance.state !== 'open') continue
    const answer = askToResume(instance, request, undefined)
    if (answer !== true) asked.push(answer)
  }
  return asked.length === 0 ? undefined : Promise.all(asked).then(() => {})
}

/**
 * Asks recv_resume whether a client may have its namespace again. What it throws refuses, whatever a
 * decorator would make of it: the namespace ends, and the client is told.
 */
export function askToResume(instance: Instance, request: unknown, auth: unknown): true | Promise<boolean> {
  const { namespace, calls, declared, deadlines } = instance
  if (namespace === undefined) return true
  const method = declared.table.methods.get('recv_resume')
  if (method === undefined || method.isDefault) {
    markRecovered(namespace)
    return true
  }
  const run = async (): Promise<boolean> => {
    try {
      const answer = calls.follow('hook', 'recv_resume', () => method.run.call(namespace, request, auth))
      if (isPromiseLike(answer)) await within(deadlines, patienceMs, answer)
    } catch (error) {
      refuse(instance, error)
      return false
    }
    markRecovered(namespace)
    return true
  }
  return run()
}

function refuse(instance: Instance, error: unknown): void {
  const { client, calls, endpoint, state } = instance
  // It has ended meanwhile, which its client receives.
  if (state !== 'open') return
  if (!isA(error, ConnectError)) calls.failed('recv_resume', error)
  recoverableOf(client.virtualSocket)?.forget(endpoint)
  client.app.counts.resumesRefused.namespace++
  instance.isRefused = true
  client.instanceRefused(instance, error)
  instance.lose('server namespace disconnect')
}

function resumed({ rules, socket }: Client): void {
  if (!socketResumes.hasSubscribers) return
  const message: SocketResumeMessage = messageOf({ protocol: rules.protocol, transport: socket.transport }, { socket })
  publish(socketResumes, message)
}

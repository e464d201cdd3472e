// Owns: the steps of a dispatch as BaseNamespace has them, and which of them a namespace has of its own.
// Elsewhere: what they do (dispatch.ts), what the class itself says (class-table.ts).

/**
 * Those that an application may override, and the hooks that are called when a client connects and when it
 * ends.
 */
export interface Steps {
  processPacket: unknown
  processEvent: unknown
  callMethodWithAcl: unknown
  callMethod: unknown
  isMethodAllowed: unknown
  exceptionHandlerDecorator?: unknown
  getInitialAcl: unknown
  recv_connect: unknown
  recv_disconnect: unknown
  disconnect: unknown
}

// As they were when BaseNamespace was loaded: a step of it that was wrapped since is to be called.
let ours: Steps

/** Remembers the steps as they are now. */
export function keepSteps(steps: Steps): void {
  // A copy: those of the prototype may change.
  ours = {
    processPacket: steps.processPacket,
    processEvent: steps.processEvent,
    callMethodWithAcl: steps.callMethodWithAcl,
    callMethod: steps.callMethod,
    isMethodAllowed: steps.isMethodAllowed,
    getInitialAcl: steps.getInitialAcl,
    recv_connect: steps.recv_connect,
    recv_disconnect: steps.recv_disconnect,
    disconnect: steps.disconnect,
  }
}

/** Whether a namespace leaves that step to us. */
export function isOurs(namespace: Steps, step: keyof Steps): boolean {
  return namespace[step] === ours[step]
}

/**
 * Whether a namespace leaves every step of an event to us. It is asked for each: a step may be replaced at
 * any time, by a field, an assignment or a new method of its prototype, and what it guards counts from then
 * on (bench: echo, dispatch).
 */
export function isPlain(namespace: Steps): boolean {
  return (
    namespace.processPacket === ours.processPacket &&
    namespace.processEvent === ours.processEvent &&
    namespace.callMethodWithAcl === ours.callMethodWithAcl &&
    namespace.callMethod === ours.callMethod &&
    namespace.isMethodAllowed === ours.isMethodAllowed &&
    namespace.exceptionHandlerDecorator === undefined
  )
}

/** Whether nothing of the application's is asked when its client connects (bench: connect). */
export function connectsPlainly(namespace: Steps): boolean {
  return (
    namespace.getInitialAcl === ours.getInitialAcl && namespace.recv_connect === ours.recv_connect && isPlain(namespace)
  )
}

/** Whether nothing of the application's is called when it ends (bench: connect). */
export function endsPlainly(namespace: Steps): boolean {
  return (
    namespace.recv_disconnect === ours.recv_disconnect && namespace.disconnect === ours.disconnect && isPlain(namespace)
  )
}

const lifeHooks: readonly string[] = ['recv_connect', 'recv_disconnect', 'recv_suspend', 'recv_resume']

/** Whether a method is called for what happens to a client, and for nothing that it sends to a handler. */
export function isLifeHook(methodName: string): boolean {
  return lifeHooks.includes(methodName)
}

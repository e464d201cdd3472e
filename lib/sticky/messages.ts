// Owns: what a primary and its workers send each other.

/** A connection, which comes with it, and what has been read of it, in base64. */
export interface ConnectionMessage {
  readonly type: 'socketio-middleware:connection'
  readonly head: string
}

/** Where workers can be reached by each other, by name, and by what they know each other. */
export interface WorkersMessage {
  readonly type: 'socketio-middleware:workers'
  readonly ports: Readonly<Record<string, number>>
  readonly secret: string
}

/** A worker takes connections, has taken the one that was sent, or takes only those of its own clients. */
export type WorkerMessage =
  | { readonly type: 'socketio-middleware:ready'; readonly port: number }
  | { readonly type: 'socketio-middleware:taken' }
  | { readonly type: 'socketio-middleware:leaving' }

export type Message = ConnectionMessage | WorkersMessage | WorkerMessage

/** Reads a message; others of the application's come on the same channel. */
export function readMessage(message: unknown): Message | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const type: unknown = Reflect.get(message, 'type')
  return typeof type === 'string' && type.startsWith('socketio-middleware:') ? (message as Message) : undefined
}

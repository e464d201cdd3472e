// Owns: what a middleware tells the test kit of itself.
// Elsewhere: what the kit asks (support/inside.ts), and what it makes of it (testing/).
import type { Endpoints } from '../rooms/endpoints.js'
import type { Inside } from '../support/inside.js'
import type { Sessions } from './sessions.js'

export class ServerInside implements Inside {
  readonly #sessions: Sessions
  readonly #endpoints: Endpoints

  constructor(sessions: Sessions, endpoints: Endpoints) {
    this.#sessions = sessions
    this.#endpoints = endpoints
  }

  reach(sid: string): 'unknown' | 'ready' | 'busy' {
    const socket = this.#sessions.get(sid) ?? this.#sessions.ofEngine(sid)
    if (socket === undefined) return 'unknown'
    const { isWritable, reading } = socket
    return isWritable && reading.isOpen && reading.isStill ? 'ready' : 'busy'
  }

  activity(withJobs: boolean): string | undefined {
    return this.#endpoints.activity(withJobs)
  }
}

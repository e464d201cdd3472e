// Owns: room on a request and its response for what Express and engine.io put there, made before the app runs.
import { IncomingMessage, ServerResponse } from 'node:http'

type Fields = Partial<Record<string | symbol, unknown>>

const express = ['res', 'next', 'baseUrl', 'originalUrl', '_parsedUrl', 'params']
const engine = ['_query', 'cleanup']

/**
 * Express gives requests and responses prototypes of its own. V8 keeps no record of what is added to an object after that:
 * each field is a copy of the object's whole hidden class, for this one object. What is there before is only set, which
 * saves a third of an empty app's time, and half of what a request weighs that its socket keeps (bench: connect, memory).
 * `undefined` is to Express, engine.io and Node what an absent field is.
 *
 * Only on objects of Node's own HTTP/1 classes: others may have accessors by these names.
 */
export class Foreseen {
  readonly #ofRequest: (string | symbol)[] = [...express, ...engine]
  #hasLearned = false

  prepare(request: IncomingMessage, response: ServerResponse): void {
    if (Object.getPrototypeOf(request) !== IncomingMessage.prototype) return
    if (Object.getPrototypeOf(response) !== ServerResponse.prototype) return
    const asked = request as unknown as Fields
    for (const field of this.#ofRequest) if (!(field in asked)) asked[field] = undefined
    const answer = response as unknown as Fields
    if (!('locals' in answer)) answer['locals'] = undefined
    // Node's own: on the prototype until they are set, by a first listener or by writeHead().
    const { _eventsCount: listeners } = asked
    asked['_eventsCount'] = listeners
    const { _eventsCount, statusCode, statusMessage } = answer
    Object.assign(answer, { _eventsCount, statusCode, statusMessage })
  }

  /** Looks at a request that has come through the app, once: Express's router has a field whose name only it can make. */
  learn(request: IncomingMessage): void {
    if (this.#hasLearned) return
    this.#hasLearned = true
    for (const name of Object.getOwnPropertySymbols(request)) {
      if (name.description?.startsWith('router.')) this.#ofRequest.push(name)
    }
  }
}

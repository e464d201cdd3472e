// Owns: which framework's request stands for one of Node's, where the two are not the same object.
// Elsewhere: who binds them (fastify/), what becomes `this.request` (middleware.ts).

// A symbol that no type declares: found at the price of a property.
const key = Symbol('request of a framework')
type Bound = Partial<Record<typeof key, object>>

/** Has a framework's request stand for Node's: handlers find it as `this.request`. */
export function bindRequest(raw: object, request: object): void {
  Object.defineProperty(raw, key, { value: request, configurable: true })
}

/** The framework's request that stands for one of Node's. */
export function boundRequestOf(raw: object): object | undefined {
  return (raw as Bound)[key]
}

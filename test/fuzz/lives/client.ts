// Owns: one client as the table has it: its namespaces, and on 0.9 and 2 the socket that stands and falls with ''.
// Elsewhere: one namespace (model.ts).
import { ModelInstance, type Generation } from './model.js'
import { endpoints, type EventMode, type LifePlan } from './plan.js'

export class ModelClient {
  readonly generation: Generation
  /** By endpoint; a client of 4 has '' as any other, and that is left out. */
  readonly instances: readonly ModelInstance[]
  /** The client or the server has ended the whole socket: what it sends is not heard. */
  isOver = false
  #isLeaving = false

  constructor(generation: Generation, name: string, planOf: (endpoint: number, life: number) => LifePlan) {
    this.generation = generation
    const modelled = endpoints.filter((endpoint) => endpoint !== '' || generation !== '4')
    this.instances = modelled.map(
      (endpoint, at) => new ModelInstance(generation, name, endpoint, (life) => planOf(at, life)),
    )
    const { global } = this
    if (global !== undefined) {
      global.whenSocketEnds = (by) => {
        this.#end(by)
      }
    }
  }

  of(endpoint: string): ModelInstance | undefined {
    return this.instances.find((instance) => instance.endpoint === endpoint)
  }

  get global(): ModelInstance | undefined {
    return this.of('')
  }

  get isLost(): boolean {
    return this.instances.every(({ isLost }) => isLost)
  }

  connect(instance: ModelInstance): void {
    instance.connect()
  }

  event(instance: ModelInstance, mode: EventMode): void {
    instance.event(mode)
    this.#look()
  }

  leave(instance: ModelInstance): void {
    if (!instance.isGlobal) instance.leave()
    else {
      this.isOver = true
      this.#isLeaving = true
      for (const one of this.instances) one.leave()
    }
    this.#look()
  }

  kick(endpoint: string): void {
    const instance = this.of(endpoint)
    if (instance === undefined) return
    if (!instance.isGlobal) instance.kick()
    else if (instance.state !== 'kept' && (!this.isOver || this.#isLeaving)) {
      instance.lines.push(this.isOver ? 'left?' : 'left')
      this.#end(instance)
      instance.socketEnds(instance)
    }
    this.#look()
  }

  /** Who had said goodbye goes on with what was sent before. */
  lose(): void {
    this.isOver = true
    for (const instance of this.instances) instance.lose()
  }

  broadcast(endpoint: string, line: string): void {
    this.of(endpoint)?.broadcast(line)
  }

  wait(): void {
    for (const instance of this.instances) instance.wait()
    this.#look()
  }

  goOn(label: string): void {
    for (const instance of this.instances) instance.goOn(label)
    this.#look()
  }

  #end(by: ModelInstance): void {
    this.isOver = true
    this.#isLeaving = false
    for (const instance of this.instances) if (instance !== by) instance.socketEnds(by)
  }

  /** What a client sent before its goodbye is done: that is answered. */
  #look(): void {
    if (!this.#isLeaving || this.instances.some(({ isBusyLeaving }) => isBusyLeaving)) return
    this.#isLeaving = false
    // A handler that runs on though its namespace was ended is still waited for.
    this.global?.lines.push(this.instances.some(({ runsOn }) => runsOn) ? 'left?' : 'left')
  }
}

// Owns: who is meant from within a namespace: all of its endpoint but its own client.
import { Operator } from '../rooms/operator.js'
import { seatOf } from './context.js'

export function othersOf(namespace: object): Operator {
  const { member } = seatOf(namespace)
  return new Operator(() => member.endpoint).except(member.id)
}

// Owns: clients that come and stay: what it costs to let one in, and what is kept for it while it is idle.
import type { Plan, Scenario } from './scenario.js'
import { sleep, type Target } from './target.js'

const settleMs = 200

async function arrive(target: Target, { clients }: Plan): Promise<number> {
  await target.open(clients)
  return clients
}

// It all begins with an empty server.
const warmed = (target: Target): Promise<void> => target.drop()

export const connect: Scenario = { measures: 'cpu', slice: arrive, warmed }

export const memory: Scenario = {
  measures: 'memory',
  async slice(target: Target, plan: Plan): Promise<number> {
    const units = await arrive(target, plan)
    // What their arrival has left behind is gone by then.
    await sleep(settleMs)
    return units
  },
  warmed,
}

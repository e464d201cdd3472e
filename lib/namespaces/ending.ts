// Owns: the order in which a namespace ends: recv_disconnect, disconnect, jobs, rooms. No step can stop the next.
import { isPromiseLike } from '../support/promises.js'

export interface Ending {
  /** Calls `recv_disconnect`, unless there is nobody to call or the connect was never accepted. */
  tell(): unknown
  /** Calls `disconnect(true)`, unless it has run. */
  cleanUp(): void
  /** Waits for what `tell` began, as long as that may take; it never rejects. */
  wait(told: PromiseLike<unknown>): Promise<void>
  release(): void
  failed(methodName: string, error: unknown): void
}

export async function endNamespace(ending: Ending): Promise<void> {
  try {
    const told = ending.tell()
    if (isPromiseLike(told)) await ending.wait(told)
  } catch (error) {
    ending.failed('recv_disconnect', error)
  }
  try {
    ending.cleanUp()
  } catch (error) {
    ending.failed('disconnect', error)
  }
  ending.release()
}

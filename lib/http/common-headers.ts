// Owns: headers that the answers to many requests have in common.
// Elsewhere: which they are (access/origins.ts), how they are written (shortcuts.ts).
import { validateHeaderValue } from 'node:http'

export interface CommonHeaders {
  /** Name by name and value by value, as `writeHead()` takes them with the least work. */
  readonly list: readonly string[]
  /** As Node would write them. */
  readonly lines: string
}

/** @throws TypeError for a value that Node would not write. */
export function commonHeaders(headers: Readonly<Record<string, string>>): CommonHeaders {
  let lines = ''
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderValue(name, value)
    lines += `${name}: ${value}\r\n`
  }
  return { list: Object.entries(headers).flat(), lines }
}

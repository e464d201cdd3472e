// Owns: what goes out on the connection of an upgrade beside what the app answers: the lines that a 101 takes over from its
// response, and a refusal without one.
// Elsewhere: when which (upgrade.ts).
import { STATUS_CODES, type ServerResponse } from 'node:http'
import { logFailure } from '../support/log.js'

// What the 101 says itself, and what describes a body that it does not have.
const notForwarded =
  /^(?:connection|upgrade|keep-alive|date|transfer-encoding|trailer|content-(?:length|type)|sec-websocket-.*)$/

/**
 * The headers that the chain has set, as lines of the 101. Undefined where a hook of the app's on getHeaders() throws, or
 * answers what no header may hold: nobody catches it where this is called.
 */
export function forwardedLines(response: ServerResponse): string[] | undefined {
  const lines: string[] = []
  try {
    for (const [name, value] of Object.entries(response.getHeaders())) {
      if (value === undefined || notForwarded.test(name)) continue
      for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`)
    }
  } catch (error) {
    logFailure('the headers of an upgrade could not be read', error)
    return undefined
  }
  return lines.some((line) => line.includes('\r') || line.includes('\n')) ? undefined : lines
}

/** An answer with nothing but a status, the last one on its connection. */
export function refusalOf(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
}

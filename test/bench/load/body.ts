// Owns: the packets in a polling body, of either wire, all of them ASCII.

// U+FFFD in UTF-8, a byte a character: bodies are read so.
const mark = '\u00ef\u00bf\u00bd'
const separator = '\x1e'

export function splitBody(body: string): readonly string[] {
  if (!body.startsWith(mark)) return body.split(separator)
  const packets: string[] = []
  for (let at = 0; at < body.length;) {
    const start = body.indexOf(mark, at + mark.length) + mark.length
    const stop = start + Number.parseInt(body.slice(at + mark.length, start), 10)
    packets.push(body.slice(start, stop))
    at = stop
  }
  return packets
}

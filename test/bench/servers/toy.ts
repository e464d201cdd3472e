// Owns: the toy protocol of the controls, which does what the benchmark asks and nothing else: no JSON, no namespaces.
// Elsewhere: what the clients make of it (load/wires.ts).
//
//   c  enters, answered c      e<id>|<text>  echo, answered as it came
//   j<id>|<room>  joins, answered j<id>|      s<room>|<text>  to everybody in the room, as it came

const rooms = new Map<string, Set<unknown>>()

/** Works on one message of `client`; `send` carries a text to any client. */
export function serveToy<Client>(client: Client, text: string, send: (to: Client, text: string) => void): void {
  const bar = text.indexOf('|')
  if (text[0] === 'j') {
    const name = text.slice(bar + 1)
    const room = rooms.get(name) ?? new Set()
    rooms.set(name, room.add(client))
    send(client, text.slice(0, bar + 1))
  } else if (text[0] === 's') {
    for (const member of rooms.get(text.slice(1, bar)) ?? []) send(member as Client, text)
  } else send(client, text)
}

// Owns: clients on htmlfile: one endless page down, POSTs up.
import { once } from 'node:events'
import http from 'node:http'
import { reset } from '../support/reset.js'
import { v09 } from './dialects.js'
import { bare, Poster, shakeHands, type Line, type Opening } from './line.js'

const begin = '<script>_('
const end = ');</script>'

export async function openHtmlfile(opening: Opening): Promise<Line> {
  const { place, owner } = opening
  const path = `/socket.io/1/htmlfile/${await shakeHands(place)}?t=1`
  const request = http.get({ host: '127.0.0.1', port: place.port, path, agent: place.agent })
  const [page] = (await once(request, 'response')) as [http.IncomingMessage]
  const poster = new Poster(opening, path, bare)
  let isOver = false
  let unread = ''
  page.setEncoding('utf8').on('data', (piece: string) => {
    unread += piece
    // A script's end within a packet is escaped.
    for (let at = unread.indexOf(end); at >= 0; at = unread.indexOf(end)) {
      const literal = unread.slice(unread.indexOf(begin) + begin.length, at)
      unread = unread.slice(at + end.length)
      // Flushed packets come as one payload.
      if (!isOver) for (const text of v09.split(JSON.parse(literal) as string)) owner.heard(text)
    }
  })
  page.on('error', () => {})
  request.on('error', () => {})
  const ended = new Promise<void>((resolve) => {
    page.once('close', () => {
      if (!isOver) owner.lost('a page has ended')
      resolve()
    })
  })
  return {
    send(packet) {
      poster.send(packet)
    },
    async bye(packets) {
      isOver = true
      poster.send(...packets)
      await poster.settled()
      await ended
    },
    exit(how) {
      isOver = true
      poster.isOver = true
      if (how === 'reset') reset(request.socket)
      else if (how === 'close') request.destroy()
    },
  }
}

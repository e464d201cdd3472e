// Owns: the control for polling: long polls on node:http alone.
import type { ServerResponse } from 'node:http'
import { createServer, listen, notFound } from './host.js'
import { serveToy } from './toy.js'

interface Session {
  poll: ServerResponse | undefined
  readonly waiting: string[]
}

const sessions = new Map<string, Session>()

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

function flush(session: Session): void {
  const { poll, waiting } = session
  if (poll === undefined || waiting.length === 0) return
  session.poll = undefined
  answer(poll, waiting.splice(0).join('\x1e'))
}

function send(to: Session, text: string): void {
  to.waiting.push(text)
  flush(to)
}

const server = createServer((request, response) => {
  const sid = (request.url ?? '').slice('/raw/'.length)
  const session = sessions.get(sid)
  if (sid === '') {
    const made = String(sessions.size + 1)
    sessions.set(made, { poll: undefined, waiting: [] })
    answer(response, made)
  } else if (session === undefined) notFound(request, response)
  else if (request.method === 'GET') {
    session.poll = response
    flush(session)
  } else {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      answer(response, 'ok')
      for (const text of body.split('\x1e')) serveToy(session, text, send)
    })
  }
})
listen(server)

// Owns: the dimensions of a request on engine.io's URLs, and asking one.
// Elsewhere: who is asked, and what is compared (grid.test.ts).
import http from 'node:http'
import type { Random } from '../../fuzz/random.js'

export interface Row {
  readonly path: string
  readonly eio: string
  readonly transport: string
  readonly sid: SidForm
  readonly method: string
  readonly upgrade: string
  readonly j: string
}

export const sidForms = {
  absent: () => '',
  empty: () => '&sid=',
  'without a value': () => '&sid',
  'empty, then live': (live: string) => `&sid=&sid=${live}`,
  live: (live: string) => `&sid=${live}`,
  'live, then unknown': (live: string) => `&sid=${live}&sid=abc`,
  'unknown, then live': (live: string) => `&sid=abc&sid=${live}`,
  'percent-encoded': (live: string) => `&sid=%${live.charCodeAt(0).toString(16)}${live.slice(1)}`,
  'encoded twice': (live: string) => `&sid=%25${live.charCodeAt(0).toString(16)}${live.slice(1)}`,
  unknown: () => '&sid=abc',
  'of every object': () => '&sid=__proto__',
  'of the other wire': (_live: string, other: string) => `&sid=${other}`,
} as const

export type SidForm = keyof typeof sidForms

export const dimensions = {
  path: ['/socket.io/', '/socket.io', '/socket.io//', '//socket.io/', '/socket.io/x/', '/socket.iox/', '/SOCKET.IO/'],
  eio: ['', 'EIO=', 'EIO=2', 'EIO=3', 'EIO=4', 'EIO=4&EIO=3', 'EIO=5', 'EIO=abc', 'E%49O=4'],
  transport: [
    '',
    'transport=',
    'transport=polling',
    'transport=websocket',
    'transport=polling&transport=websocket',
    'transport=webtransport',
    'transport=constructor',
    'transport=p%6flling',
  ],
  sid: Object.keys(sidForms) as SidForm[],
  method: ['GET', 'POST', 'HEAD', 'DELETE', 'OPTIONS', 'PUT'],
  upgrade: ['', 'websocket', 'WebSocket', 'h2c'],
  j: ['', 'j=0', 'j=', 'j=x'],
} as const

/** The rows of the middle in full, where the others stay as they are most often; then as many of all as are wanted. */
export function* rows(random: Random, sampled: number): Generator<Row> {
  const usual = { path: '/socket.io/', upgrade: '', j: '' }
  for (const eio of dimensions.eio) {
    for (const transport of dimensions.transport) {
      for (const sid of dimensions.sid) {
        for (const method of ['GET', 'POST']) yield { ...usual, eio, transport, sid, method }
      }
    }
  }
  for (let count = 0; count < sampled; count++) {
    yield {
      // Half of them are on the URL that there is, and half of them right in what they say.
      path: random.oneIn(2) ? '/socket.io/' : random.pick(dimensions.path),
      eio: random.pick(random.oneIn(2) ? ['EIO=3', 'EIO=4'] : dimensions.eio),
      transport: random.pick(random.oneIn(2) ? ['transport=polling', 'transport=websocket'] : dimensions.transport),
      sid: random.pick(dimensions.sid),
      method: random.oneIn(2) ? 'GET' : random.pick(dimensions.method),
      upgrade: random.pick(dimensions.upgrade),
      j: random.oneIn(2) ? '' : random.pick(dimensions.j),
    }
  }
}

/** The revision of the live session whose id is put into a row: the one that the row speaks, if it speaks any. */
export function revisionOf({ eio }: Row): 3 | 4 {
  return /^(?:EIO|E%49O)=4/.test(eio) ? 4 : 3
}

export function urlOf({ path, eio, transport, sid, j }: Row, live: string, other: string): string {
  const query = [eio, transport, j].filter((part) => part !== '').join('&')
  return `${path}?${query}${sidForms[sid](live, other)}`
}

export interface Got {
  readonly status: number
  readonly body: string
  readonly headers: http.IncomingHttpHeaders
}

/** One request on a connection of its own; an upgrade that is accepted is cut again. */
export function send(base: string, path: string, row: Pick<Row, 'method' | 'upgrade'>): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base)
    const request = http.request({
      hostname,
      port,
      path,
      method: row.method,
      agent: false,
      headers: {
        // A page of the same origin: JSONP is let in, as it is by the reference.
        Referer: `${base}/`,
        ...(row.upgrade === ''
          ? { Connection: 'close' }
          : {
              Connection: 'Upgrade',
              Upgrade: row.upgrade,
              'Sec-WebSocket-Version': '13',
              'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
            }),
      },
    })
    request.setTimeout(5_000, () => {
      request.destroy(new Error(`no answer to ${row.method} ${path}`))
    })
    // A request that is cut, and not answered, has the status 0.
    request.on('error', (error) => {
      if ('code' in error) setImmediate(resolve, { status: 0, body: error.message, headers: {} })
      else reject(error)
    })
    request.on('upgrade', ({ statusCode = 0, headers }, socket) => {
      socket.destroy()
      resolve({ status: statusCode, body: '', headers })
    })
    request.on('response', (response) => {
      let body = ''
      const got = (): void => {
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers })
      }
      // ws sends a body to HEAD as well, which is an error to whoever reads it.
      request.on('error', got)
      response.setEncoding('utf8').on('data', (piece: string) => (body += piece))
      response.on('error', got)
      response.on('end', got)
    })
    request.end(row.method === 'POST' ? '6' : undefined)
  })
}

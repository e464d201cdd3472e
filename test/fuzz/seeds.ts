// Owns: what mutations begin with: right inputs of every kind, and some that are wrong in an interesting way.
// Elsewhere: finds, and the defects of other servers (corpus/).
//
// %SID%, %EIO3% and %EIO4% stand for the ids of sessions that are open, %ACK% for the number of the ack that is asked for next,
// in as many digits.
import { clientFrame } from '../support/client-frame.js'

const texts = (...list: readonly string[]): Buffer[] => list.map((text) => Buffer.from(text))
const framed = (...packets: readonly string[]): string =>
  packets.map((packet) => `\ufffd${packet.length}\ufffd${packet}`).join('')
const form = (payload: string): string => `d=${encodeURIComponent(JSON.stringify(payload))}`

const packets09 = [
  '0::',
  '0::/chat',
  '1::/chat',
  '1::/chat:?token=1',
  '2::',
  '2:::',
  '3:::hello',
  '3:1::/chat:x',
  '3:2+::é😀\u2028',
  '4:::{"a":[1,"b",null]}',
  '4:3+:/chat:-0',
  '5:::{"name":"echo","args":["x",{"deep":[[[1e308]]]},null]}',
  '5:4+:/chat:{"name":"echo","args":[{"__proto__":1,"_placeholder":true,"num":0}]}',
  '5:::{"name":"ask","args":["why"]}',
  '5:5+::{"name":"slow"}',
  '5:::{"name":"many","args":[20]}',
  '5:::{"name":"enter","args":["__proto__"]}',
  '5::/chat:{"name":"what ever:this is","args":[1]}',
  '5:6+:/chat:{"name":"kick"}',
  '5:::{"name":"fail"}',
  '6:::%ACK%+["yes",{"a":1}]',
  '6::/chat:%ACK%',
  '7:::1+0',
  '8::',
]
const payloads09 = [
  '3:::alone',
  framed('1::/chat', '5:1+:/chat:{"name":"echo","args":["é😀\ufffd"]}', '2::'),
  framed('5:::{"name":"ask"}', '6:::%ACK%+[1]'),
  framed(...Array.from({ length: 30 }, () => '5:::{"name":"slow"}'), '0::'),
]
const packets5 = [
  '0',
  '0/chat,{"token":"x"}',
  '0/chat?token=1,',
  '2["echo",1,"x",{"a":[null]}]',
  '2/chat,1["what ever",{"__proto__":1}]',
  '2["ask","why"]',
  '2["message","hello"]',
  '23["slow"]',
  '2["many",20]',
  '2["enter","constructor"]',
  '2/chat,["kick"]',
  '3%ACK%["yes"]',
  '3/chat,%ACK%[]',
  '1/chat,',
]
const withBytes5 = [
  '51-["echo",{"_placeholder":true,"num":0}]\u001eb\u0001\u0002',
  '52-/chat,7["echo",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]\u001ebfirst\u001ebsecond',
  '61-%ACK%[{"_placeholder":true,"num":0}]\u001eb',
]

const host = 'Host: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\n'
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
const asked = (method: string, url: string, headers = '', body = ''): string =>
  `${method} ${url} HTTP/1.1\r\n${host}${headers}\r\n${body}`
const posted = (url: string, body: string, type = 'text/plain;charset=UTF-8'): string =>
  asked('POST', url, `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`, body)
const chunked = (url: string, body: string): string =>
  asked(
    'POST',
    url,
    'Transfer-Encoding: chunked\r\n',
    `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  )

/** The head of an upgrade to a websocket. */
export const upgradeTo = (url: string): string =>
  asked('GET', url, `Upgrade: websocket\r\nConnection: Upgrade\r\n${key}`)

export const upgradePaths = {
  'websocket-09': '/socket.io/1/websocket/%SID%',
  'websocket-3': '/socket.io/?EIO=3&transport=websocket',
  'websocket-4': '/socket.io/?EIO=4&transport=websocket',
} as const

const engine3 = '/socket.io/?EIO=3&transport=polling&sid=%EIO3%'
const engine4 = '/socket.io/?EIO=4&transport=polling&sid=%EIO4%'
const formType = 'application/x-www-form-urlencoded'
const get = asked('GET', '/socket.io/1/xhr-polling/%SID%?t=1')

const requests = [
  asked('GET', '/socket.io/1/?t=1'),
  asked('GET', '/socket.io/1/?jsonp=0', 'Referer: http://127.0.0.1/\r\n'),
  asked('OPTIONS', '/socket.io/1/xhr-polling/%SID%', 'Access-Control-Request-Method: POST\r\n'),
  get,
  asked('GET', '/socket.io/1/jsonp-polling/%SID%?t=1&i=3'),
  asked('GET', '/socket.io/1/htmlfile/%SID%?t=1'),
  asked('GET', '/socket.io/1//%SID%/?disconnect=1'),
  asked('GET', '/socket.io/1/xhr-polling/%SID%?t=1&disconnect=True'),
  asked('HEAD', '/socket.io/1/htmlfile/%SID%'),
  asked('PUT', '/socket.io/1/websocket/%SID%', 'Content-Length: 3\r\n', 'abc'),
  asked('GET', '/elsewhere?a=%zz'),
  posted('/socket.io/1/xhr-polling/%SID%?t=1', payloads09[1] as string),
  chunked('/socket.io/1/htmlfile/%SID%', payloads09[2] as string),
  posted('/socket.io/1/jsonp-polling/%SID%?i=0', form(payloads09[1] as string), formType),
  // Pipelined: each is answered in its turn.
  get +
    posted('/socket.io/1/xhr-polling/%SID%', '5:::{"name":"echo","args":[1]}') +
    get +
    asked('GET', '/socket.io/1/'),
  asked('GET', '/socket.io/1/xhr-polling/unknown') + upgradeTo(upgradePaths['websocket-09']),
  upgradeTo(upgradePaths['websocket-09']) + clientFrame('3:::early').toString('latin1'),
  upgradeTo('/socket.io/1/websocket/unknown'),
  upgradeTo('/socket.io/1/flashsocket/%SID%'),
  upgradeTo('/elsewhere'),
  asked('GET', '/socket.io/1/', 'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: \r\n'),
  asked('GET', '/socket.io/?EIO=4&transport=polling'),
  asked('GET', '/socket.io/?EIO=3&transport=polling&b64=1'),
  asked('GET', '/socket.io/?EIO=3&transport=polling&j=0', 'Referer: http://127.0.0.1/\r\n'),
  asked('GET', engine3),
  asked('GET', engine4),
  asked('GET', `${engine3}&j=7`, 'Referer: http://127.0.0.1/\r\n'),
  posted(engine3, '12:42["echo",1]2:40'),
  posted(`${engine3}&j=0`, `d=${encodeURIComponent('12:42["echo",1]')}`, formType),
  posted(engine3, '\0\u0001\u0002\u00ff\u0004', 'application/octet-stream'),
  posted(engine4, '40\u001e42["echo",1]\u001e3'),
  posted(engine4, '40\u001e451-["echo",{"_placeholder":true,"num":0}]\u001ebAQID'),
  posted(engine4, '41\u001e1'),
  upgradeTo(upgradePaths['websocket-4']),
  upgradeTo('/socket.io/?EIO=4&transport=websocket&sid=%EIO4%') + clientFrame('2probe').toString('latin1'),
  upgradeTo('/socket.io/?EIO=3&transport=websocket&sid=%EIO3%') +
    Buffer.concat([clientFrame('2probe'), clientFrame('5')]).toString('latin1'),
  upgradeTo('/socket.io/?EIO=4&transport=polling&sid=%EIO4%'),
  upgradeTo('/socket.io/?transport=websocket'),
].map((text) => Buffer.from(text, 'latin1'))

/** What a websocket carries, in whole frames, in fragments, and in frames that no client should write. */
function frameSeeds(contents: readonly string[]): Buffer[] {
  const fragments = (text: string): Buffer => {
    const bytes = Buffer.from(text)
    const cut = bytes.length >> 1
    return Buffer.concat([
      clientFrame(bytes.subarray(0, cut), { isFinal: false }),
      clientFrame('between', { opcode: 9 }),
      clientFrame(bytes.subarray(cut), { opcode: 0 }),
    ])
  }
  return [
    ...contents.map((text) => clientFrame(text)),
    ...contents.map(fragments),
    Buffer.concat(contents.map((text) => clientFrame(text))),
    clientFrame(contents[0] as string, { isMasked: false }),
    clientFrame(contents[0] as string, { reserved: 4 }),
    clientFrame(contents[0] as string, { opcode: 2 }),
    clientFrame('x', { announced: 0x7fff_ffff_ffff_ffffn }),
    clientFrame('x', { announced: 19_999 }),
    clientFrame('x'.repeat(20_001)),
    clientFrame('', { opcode: 10 }),
    clientFrame(Buffer.from([0x03, 0xe8]), { opcode: 8 }),
  ]
}

const binary = Buffer.concat([
  clientFrame('451-["echo",{"_placeholder":true,"num":0}]'),
  clientFrame(Buffer.from([1, 2, 3]), { opcode: 2 }),
])
const engineTexts = packets5.map((packet) => `4${packet}`)

export const seeds = {
  'packet-09': texts(...packets09),
  'payload-09': texts(...payloads09, ...packets09),
  'form-09': texts(...payloads09.map(form), 'd=', 'd="3:::a"&d=x', '{"d":"3:::a"}'),
  'frames-5': texts(...packets5, ...withBytes5, packets5.join('\u001e')),
  http: requests,
  'websocket-09': frameSeeds(packets09),
  'websocket-3': [...frameSeeds([...engineTexts, '2', '3']), binary],
  'websocket-4': [...frameSeeds(['40', ...engineTexts, '3']), Buffer.concat([clientFrame('40'), binary])],
} as const satisfies Record<string, readonly Buffer[]>

/** What an input is: one of a decoder's, or the bytes of a connection. */
export type Kind = keyof typeof seeds
export const kinds = Object.keys(seeds) as readonly Kind[]
export const decoderKinds = ['packet-09', 'payload-09', 'form-09', 'frames-5'] as const satisfies readonly Kind[]
export type DecoderKind = (typeof decoderKinds)[number]

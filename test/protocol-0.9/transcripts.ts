// Owns: transcripts of the 0.9 wire: what a client sends, and what the server answers, packet for packet.
// Elsewhere: the namespaces that answer so (README.md), the same bytes on each transport (test/conformance/transcripts.test.ts).

/** What a client sends at once, and what it receives for it. */
export interface Exchange {
  readonly said: readonly string[]
  readonly heard: readonly string[]
}

const number = (value: number): string => `5:::{"name":"n","args":[${value}]}`

/** One session from its first packet to its last but one, in which each exchange builds on those before it. */
export const session: readonly Exchange[] = [
  { said: ['1::/chat:?room=lobby'], heard: ['1::/chat'] },
  { said: ['1::/private'], heard: ['7::/private:2'] },
  { said: ['3:::é😀\ufffd'], heard: ['3:::echo é😀\ufffd'] },
  { said: ['5:1+:/chat:{"name":"echo","args":["A",{"b":1}]}'], heard: ['6::/chat:1+["A",{"b":1}]'] },
  { said: ['3:2+::x', '5:3+::{"name":"nothing"}'], heard: ['3:::echo x', '6:::2+["x"]', '6:::3'] },
  { said: ['4::/chat:[1]', '2::', '5:::{"name":"burst","args":[2]}'], heard: [number(0), number(1)] },
  { said: ['5::/chat:{"name":"kick"}'], heard: ['0::/chat'] },
]

/** Single exchanges of a client that has just connected. */
export const exchanges: Readonly<Record<string, Exchange>> = {
  'a message is answered': { said: ['3:::hello'], heard: ['3:::echo hello'] },
  'the data of a message is not escaped': { said: ['3:::a:b\nc:::d\t"e"'], heard: ['3:::echo a:b\nc:::d\t"e"'] },
  'a message may have characters beyond the BMP': { said: ['3:::é😀'], heard: ['3:::echo é😀'] },
  'a JSON message has any value': {
    said: ['4:::{"a":[1,null,"é"]}', '4:::[]', '4:::0'],
    heard: ['4:::{"a":[1,null,"é"]}', '4:::[]', '4:::0'],
  },
  'an event is answered with the arguments of its ack': {
    said: ['5:7+::{"name":"echo","args":["a",{"b":1},null]}'],
    heard: ['6:::7+["a",{"b":1},null]'],
  },
  'an ack without arguments has no data': { said: ['5:8+::{"name":"nothing"}'], heard: ['6:::8'] },
  'an event with an empty list of arguments has none': { said: ['5:9+::{"name":"echo","args":[]}'], heard: ['6:::9'] },
  'an id without "+" is acknowledged without data': { said: ['5:3::{"name":"nothing"}'], heard: ['6:::3'] },
  'an ack id is 0, or has any number of digits': {
    said: ['5:0+::{"name":"nothing"}', '5:99999999999999999999+::{"name":"nothing"}'],
    heard: ['6:::0', '6:::99999999999999999999'],
  },
  'heartbeats have three or four parts and no answer': { said: ['2::', '2:::', '3:::x'], heard: ['3:::echo x'] },
  'a connect may have four parts': { said: ['1::/chat:', '3::/chat:x'], heard: ['1::/chat', '3::/chat:chat x'] },
  'a connect has a query, which is not part of the name': { said: ['1::/chat:?a=b'], heard: ['1::/chat'] },
  'a connect that is repeated is confirmed again': { said: ['1::/chat', '1::/chat'], heard: ['1::/chat', '1::/chat'] },
  'namespaces have handlers of their own': {
    said: ['1::/chat', '3::/chat:a', '3:::b'],
    heard: ['1::/chat', '3::/chat:chat a', '3:::echo b'],
  },
  'namespaces have ack ids of their own': {
    said: ['1::/chat', '5:1+:/chat:{"name":"echo","args":["a"]}', '5:1+::{"name":"echo","args":["b"]}'],
    heard: ['1::/chat', '6::/chat:1+["a"]', '6:::1+["b"]'],
  },
  'a namespace that refuses a connect says unauthorized': { said: ['1::/private'], heard: ['7::/private:2'] },
  'a refusal concerns its namespace alone': {
    said: ['1::/private', '3:::x'],
    heard: ['7::/private:2', '3:::echo x'],
  },
  'a namespace that the client leaves says nothing, and others go on': {
    said: ['1::/chat', '0::/chat', '3:::x'],
    heard: ['1::/chat', '3:::echo x'],
  },
  'a namespace may be left and entered again': {
    said: ['1::/chat', '0::/chat', '1::/chat', '3::/chat:x'],
    heard: ['1::/chat', '1::/chat', '3::/chat:chat x'],
  },
  'a namespace that the server ends is ended by a packet': {
    said: ['1::/chat', '5::/chat:{"name":"kick"}'],
    heard: ['1::/chat', '0::/chat'],
  },
  'events arrive in the order in which they are sent': {
    said: ['5:::{"name":"burst","args":[5]}'],
    heard: [0, 1, 2, 3, 4].map(number),
  },
}

/** What is no packet, each followed by a message whose answer shows that the session lives. */
export const rubbish: Readonly<Record<string, readonly string[]>> = {
  'no colon': ['hello'],
  'nothing but colons': ['::', ':::'],
  'a type beyond 8': ['9:::x'],
  'an id that is no number': ['3:abc::x'],
  'an event that is no JSON': ['5:::{bad'],
  'an event that is null': ['5:::null'],
  'a JSON message that is no JSON': ['4:::{bad'],
  'an ack that nobody waits for': ['6:::999+["x"]'],
  'an endpoint without a slash': ['3::chat:x'],
  'a namespace that is not there': ['1::/nowhere', '5:1+:/nowhere:{"name":"echo"}'],
  'an event that nobody handles': ['5:::{"name":"unheard of"}'],
  'a noop and an error': ['8::', '7:::'],
}

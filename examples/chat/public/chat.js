// Owns: the page: who is logged in, which rooms are open, and what happens on a click or an event.
// Elsewhere: the connection (connection.js), what is shown of it all (frame.js, log.js, panes.js, view.js).
import { chosenClient, connect, Refused } from './connection.js'
import { notify, openDrawer, showClock, showConnection, showNews, waitingFor } from './frame.js'
import { appendEntry, refreshEntry, showEnd, showEntries } from './log.js'
import { showMe, showPeople, showRoomHead, showRoomList, showTypists } from './panes.js'

const home = 'lobby'
const keptEntries = 500
const typingLasts = 3000
const $ = (id) => document.getElementById(id)

let me
let current
let lastTyped = 0
let summaries = []
// Rooms that we are in, by name: { name, topic, people, entries, unread, typing, missing }.
const rooms = new Map()
// Whether the server has us in these rooms, and whether the connection was lost and what came of that is not shown yet.
let isIn = false
let wasAway = false

const server = await connect((state) => {
  if (state.name !== 'online') setReady(false)
  if (state.name === 'reconnecting') wasAway = true
  $('enter').disabled = state.name !== 'online'
  showConnection(state)
  showUnsent()
}).catch((error) => {
  showConnection({ name: 'offline' })
  $('login-fault').textContent = error.message
  throw error
})

server.on('clock', showClock)
server.on('error', (name, message) => {
  const text = message ?? name
  if (typeof text === 'string' && text !== '') notify(new Error(text))
})

// Whether messages can be sent: the page is connected and logged in.
function setReady(isReady) {
  document.body.dataset.ready = isReady
  $('send').disabled = !isReady
}

// Messages that were written while there was no connection, in the order in which they were written.
const unsent = () => [...rooms.values()].flatMap((room) => room.entries.filter(({ state }) => state === 'waiting'))

function showUnsent() {
  const isAway = document.body.dataset.view === 'chat' && document.body.dataset.ready !== 'true'
  $('unsent').textContent = isAway
    ? 'You are not connected. What you write now is sent when you are connected again.'
    : ''
}

// Logging in.

async function login(name) {
  const answer = await waitingFor('Logging in…', server.ask('login', name))
  me = answer.name
  showMe(me)
  await waitingFor(`Opening ${home}…`, join(home))
  const wanted = new Set([...rooms.keys(), ...rememberedRooms(), roomInAddress()].filter(Boolean))
  wanted.delete(home)
  await waitingFor('Opening your rooms…', Promise.all([...wanted].map((room) => join(room).catch(notify))))
  document.body.dataset.view = 'chat'
  isIn = true
  show(rooms.has(current) ? current : rooms.has(roomInAddress()) ? roomInAddress() : home)
  await goOn([...rooms.values()].map(({ missing }) => missing))
}

// The connection is there, and what came in the meantime has been shown. `missing`: how many messages are not, for each room.
async function goOn(missing) {
  setReady(true)
  showUnsent()
  if (wasAway) showNews(`Back, ${missingText(missing.reduce((sum, count) => sum + count, 0))}`)
  wasAway = false
  await sendWaiting()
}

function missingText(count) {
  if (count === 0) return 'nothing missed'
  // Not a number: the server has forgotten.
  return `${count > 0 ? count : 'some'} message${count === 1 ? '' : 's'} may be missing`
}

function askForName(fault = '') {
  // They would be gone with their rooms.
  const drafts = unsent().map(({ text }) => text)
  if (drafts.length > 0) $('text').value = [...drafts, $('text').value].filter(Boolean).join('\n')
  me = undefined
  isIn = false
  current = undefined
  rooms.clear()
  setReady(false)
  showRooms()
  document.body.dataset.view = 'login'
  $('login-fault').textContent = fault
  $('name').focus()
}

// The server knows us again after a reload; after its own restart it is we who know.
server.on('greeting', (remembered) => {
  isIn = false
  enter(me ?? remembered)
})

// The connection was lost, and the server has kept everything for us: what we missed has come before this.
server.on('back', (name) => {
  // We had logged out, and the answer was lost.
  if (isIn && !name) loggedOut()
  else if (isIn) goOn([]).catch(notify)
  else enter(name)
})

function enter(name) {
  if (!name) return
  login(name).catch((error) => {
    // A connection that was lost again greets us again.
    if (error instanceof Refused) askForName(error.message)
    else notify(error)
  })
}

$('login').addEventListener('submit', (event) => {
  event.preventDefault()
  $('login-fault').textContent = ''
  $('enter').disabled = true
  login($('name').value).then(
    () => $('text').focus(),
    (error) => {
      $('login-fault').textContent = error.message
      $('enter').disabled = document.body.dataset.connection !== 'online'
    },
  )
})

$('logout').addEventListener('click', () => {
  waitingFor('Logging out…', server.ask('logout')).then(loggedOut, notify)
})

function loggedOut() {
  sessionStorage.removeItem('rooms')
  askForName()
}

// Rooms.

const roomInAddress = () => new URLSearchParams(location.hash.slice(1)).get('room')
const rememberedRooms = () => JSON.parse(sessionStorage.getItem('rooms') ?? '[]')

async function join(name) {
  const { room, topic, people, messages } = await server.ask('join', name)
  const { entries = [], unread = 0 } = rooms.get(room) ?? {}
  // After a reconnect only missed messages are new. A message without an ack may have been sent all the same.
  const known = new Map(entries.map((entry) => [entry.id, entry]))
  const missed = messages.filter(({ id }) => !known.has(id))
  for (const message of messages) {
    const entry = known.get(message.id)
    if (entry?.state === 'failed') Object.assign(entry, message, { state: 'delivered' })
  }
  const missing = missingBetween(entries, messages)
  const note = missing === 0 ? [] : [{ note: missingText(missing) }]
  const merged = [...entries, ...note, ...missed]
  if (!rooms.has(room))
    merged.push({ note: missed.length > 0 ? 'You joined. The messages above are older.' : 'You joined.' })
  rooms.set(room, { name: room, topic, people: new Set(people), entries: merged, unread, typing: new Map(), missing })
  sessionStorage.setItem('rooms', JSON.stringify([...rooms.keys()]))
  return room
}

// How many messages are neither here nor in what the server keeps; NaN when it does not know our last one any more.
function missingBetween(entries, messages) {
  const last = entries.findLast(({ number }) => number !== undefined)
  if (last === undefined || messages.some(({ id }) => id === last.id)) return 0
  const missing = (messages[0]?.number ?? 0) - last.number - 1
  return missing >= 0 ? missing : NaN
}

function show(name) {
  current = name
  const room = rooms.get(name)
  room.unread = 0
  history.replaceState(null, '', `${location.search}#${new URLSearchParams({ room: name })}`)
  showRoomHead(room, name !== home)
  openDrawer('')
  showMessages()
  showEnd()
  showPeople(room.people, me)
  showRooms()
  showTyping()
}

function go(name) {
  if (rooms.has(name)) show(name)
  else waitingFor(`Opening ${name}…`, join(name)).then(show, notify)
}

$('rooms').addEventListener('click', (event) => {
  const name = event.target.closest('button')?.dataset.room
  if (name) go(name)
})

$('new-room').addEventListener('submit', (event) => {
  event.preventDefault()
  const name = $('new-room-name').value.trim()
  $('new-room-name').value = ''
  if (name) go(name.toLowerCase())
})

$('leave-room').addEventListener('click', () => {
  const name = current
  waitingFor(`Leaving ${name}…`, server.ask('leave', name)).then(() => {
    rooms.delete(name)
    sessionStorage.setItem('rooms', JSON.stringify([...rooms.keys()]))
    show(home)
  }, notify)
})

server.on('rooms', (list) => {
  summaries = list
  showRooms()
})

server.on('entered', (name, person) => arrive(name, person, 'joined', (people) => people.add(person)))
server.on('left', (name, person) => arrive(name, person, 'left', (people) => people.delete(person)))

function arrive(name, person, what, change) {
  const room = rooms.get(name)
  if (!room) return
  change(room.people)
  add(room, { note: `${person} ${what}` })
  if (name === current) showPeople(room.people, me)
}

// Messages.

server.on('said', (name, message) => {
  const room = rooms.get(name)
  if (!room) return
  stopTyping(room, message.name)
  add(room, message)
  if (name !== current || document.hidden) room.unread++
  showRooms()
})

function add(room, entry) {
  room.entries.push(entry)
  const isCut = room.entries.length > keptEntries
  if (isCut) room.entries.shift()
  if (room.name !== current) return
  if (isCut) showMessages()
  else appendEntry(entry, room.entries.at(-2), me)
}

const newId = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (bits) => bits.toString(36)).join('-')
const entryOf = (text) => ({ id: newId(), name: me, text, at: Date.now(), client: chosenClient })

async function say(room, entry) {
  const refresh = () => {
    if (room.name === current) refreshEntry(entry, room.entries[room.entries.indexOf(entry) - 1], me)
  }
  entry.state = server.isConnected() && document.body.dataset.ready === 'true' ? 'sending' : 'waiting'
  if (room.entries.includes(entry)) refresh()
  else add(room, entry)
  if (room.name === current) showEnd()
  if (entry.state === 'waiting') return
  try {
    const { message } = await server.ask('say', room.name, entry.text, entry.id)
    Object.assign(entry, message, { state: 'delivered' })
  } catch (error) {
    entry.state = 'failed'
    notify(error)
  }
  refresh()
}

// After a login, what was written in the meantime, in its order.
async function sendWaiting() {
  for (const room of rooms.values()) {
    for (const entry of room.entries.filter(({ state }) => state === 'waiting')) {
      // A connection that was lost again, and came back, has its own login that sends what is left.
      if (entry.state === 'waiting') await say(room, entry)
    }
  }
}

$('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = $('text').value.trim()
  if (text === '' || !rooms.has(current)) return
  $('text').value = ''
  lastTyped = 0
  void say(rooms.get(current), entryOf(text))
})

$('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  $('composer').requestSubmit()
})

$('messages').addEventListener('click', (event) => {
  const id = event.target.dataset.again
  const entry = id && rooms.get(current).entries.find((candidate) => candidate.id === id)
  if (entry) void say(rooms.get(current), entry)
})

// Typing.

$('text').addEventListener('input', () => {
  if (Date.now() - lastTyped < typingLasts / 2) return
  lastTyped = Date.now()
  server.tell('typing', current)
})

server.on('typing', (name, person) => {
  const room = rooms.get(name)
  if (!room) return
  stopTyping(room, person)
  const timer = setTimeout(() => stopTyping(room, person), typingLasts)
  room.typing.set(person, timer)
  showTyping()
})

function stopTyping(room, person) {
  clearTimeout(room.typing.get(person))
  room.typing.delete(person)
  showTyping()
}

// Showing.

function showMessages() {
  showEntries(rooms.get(current).entries, me)
}

function showRooms() {
  showRoomList(summaries, rooms, current)
}

function showTyping() {
  showTypists([...(rooms.get(current)?.typing.keys() ?? [])])
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || !rooms.has(current)) return
  rooms.get(current).unread = 0
  showRooms()
})

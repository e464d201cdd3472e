// Owns: the page: who is logged in, which rooms are open, and what happens on a click or an event.
// Elsewhere: the connection (connection.js), what stands around the conversation (frame.js), how things look (view.js).
import { connect } from './connection.js'
import { notify, openDrawer, showClock, showConnection } from './frame.js'
import { messageItem, noteItem, paintAvatar, personItem, roomItem } from './view.js'

const home = 'lobby'
const keptEntries = 500
const typingLasts = 3000
const $ = (id) => document.getElementById(id)

let me
let current
let lastTyped = 0
let summaries = []
// Rooms that we are in, by name: { name, topic, people, entries, unread, typing }.
const rooms = new Map()

const server = connect((state) => {
  if (state.name !== 'online') setReady(false)
  showConnection(state)
})

server.on('clock', showClock)
server.on('error', (name, message) => {
  if (message) notify(new Error(message))
})

// Whether something can be said: connected, and logged in there.
function setReady(isReady) {
  document.body.dataset.ready = isReady
  $('send').disabled = !isReady
}

// Logging in.

async function login(name) {
  const answer = await server.ask('login', name)
  me = answer.name
  $('my-name').textContent = me
  paintAvatar($('my-avatar'), me)
  const wanted = new Set([home, ...rooms.keys(), ...rememberedRooms(), roomInAddress()].filter(Boolean))
  await Promise.all([...wanted].map((room) => join(room).catch(notify)))
  document.body.dataset.view = 'chat'
  setReady(true)
  show(rooms.has(current) ? current : rooms.has(roomInAddress()) ? roomInAddress() : home)
}

function askForName(fault = '') {
  me = undefined
  rooms.clear()
  document.body.dataset.view = 'login'
  $('login-fault').textContent = fault
  $('name').focus()
}

// The server knows us again after a reload; after its own restart it is we who know.
server.on('greeting', (remembered) => {
  const name = me ?? remembered
  if (name) login(name).catch((error) => askForName(error.message))
})

$('login').addEventListener('submit', (event) => {
  event.preventDefault()
  $('login-fault').textContent = ''
  login($('name').value).then(
    () => $('text').focus(),
    (error) => {
      $('login-fault').textContent = error.message
    },
  )
})

$('logout').addEventListener('click', () => {
  server.ask('logout').then(() => {
    sessionStorage.removeItem('rooms')
    askForName()
  }, notify)
})

// Rooms.

const roomInAddress = () => decodeURIComponent(location.hash.slice(1))
const rememberedRooms = () => JSON.parse(sessionStorage.getItem('rooms') ?? '[]')
const rememberRooms = () => sessionStorage.setItem('rooms', JSON.stringify([...rooms.keys()]))

async function join(name) {
  const { room, topic, people, messages } = await server.ask('join', name)
  const known = rooms.get(room)
  const entries = known?.entries ?? []
  // After a reconnect only what we have missed is new.
  const ids = new Set(entries.map(({ id }) => id))
  entries.push(...messages.filter(({ id }) => !ids.has(id)))
  if (!known)
    entries.push({ note: messages.length > 0 ? 'You came in. Above is what was said before.' : 'You came in.' })
  rooms.set(room, {
    name: room,
    topic,
    people: new Set(people),
    entries,
    unread: known?.unread ?? 0,
    typing: new Map(),
  })
  rememberRooms()
  return room
}

function show(name) {
  current = name
  const room = rooms.get(name)
  room.unread = 0
  history.replaceState(null, '', `${location.search}#${encodeURIComponent(name)}`)
  $('room-name').textContent = name
  $('room-topic').textContent = room.topic
  $('leave-room').hidden = name === home
  $('text').placeholder = `Write to ${name}`
  openDrawer('')
  showMessages()
  showPeople()
  showRooms()
  showTyping()
}

function go(name) {
  if (rooms.has(name)) show(name)
  else join(name).then(show, notify)
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
  server.ask('leave', name).then(() => {
    rooms.delete(name)
    rememberRooms()
    show(home)
  }, notify)
})

server.on('rooms', (list) => {
  summaries = list
  showRooms()
})

server.on('entered', (name, person) => arrive(name, person, 'came in', (people) => people.add(person)))
server.on('left', (name, person) => arrive(name, person, 'left', (people) => people.delete(person)))

function arrive(name, person, what, change) {
  const room = rooms.get(name)
  if (!room) return
  change(room.people)
  add(room, { note: `${person} ${what}` })
  if (name === current) showPeople()
}

// Messages.

server.on('said', (name, message) => {
  const room = rooms.get(name)
  if (!room) return
  room.typing.delete(message.name)
  add(room, message)
  if (name === current) showTyping()
  if (name !== current || document.hidden) room.unread++
  showRooms()
})

function add(room, entry) {
  room.entries.push(entry)
  const isCut = room.entries.length > keptEntries
  if (isCut) room.entries.shift()
  if (room.name !== current) return
  if (isCut) showMessages()
  else keepingBottom(() => $('messages').append(itemOf(entry, room.entries.at(-2))))
}

function say(text, entry = { id: `mine-${crypto.randomUUID?.() ?? Math.random()}`, name: me, text, at: Date.now() }) {
  const room = rooms.get(current)
  entry.state = 'sending'
  if (!room.entries.includes(entry)) add(room, entry)
  showMessages()
  server
    .ask('say', room.name, text)
    .then(
      ({ message }) => Object.assign(entry, message, { state: 'delivered' }),
      (error) => {
        entry.state = 'failed'
        notify(error)
      },
    )
    .finally(() => {
      if (room.name === current) keepingBottom(showMessages)
    })
}

$('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  const text = $('text').value.trim()
  // While the server is away the words stay where they are.
  if (text === '' || $('send').disabled) return
  $('text').value = ''
  lastTyped = 0
  say(text)
})

$('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  $('composer').requestSubmit()
})

$('messages').addEventListener('click', (event) => {
  const id = event.target.dataset.again
  const entry = id && rooms.get(current).entries.find((candidate) => candidate.id === id)
  if (entry) say(entry.text, entry)
})

// Typing.

$('text').addEventListener('input', () => {
  if (Date.now() - lastTyped < typingLasts / 2) return
  lastTyped = Date.now()
  server.tell('typing', current)
})

server.on('typing', (name, person) => {
  const typing = rooms.get(name)?.typing
  if (!typing) return
  clearTimeout(typing.get(person))
  typing.set(
    person,
    setTimeout(() => {
      typing.delete(person)
      showTyping()
    }, typingLasts),
  )
  showTyping()
})

// Showing.

const itemOf = (entry, before) => (entry.note ? noteItem(entry.note) : messageItem(entry, before, me))

const isAtBottom = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80

function keepingBottom(change) {
  const list = $('messages')
  const wasAtBottom = isAtBottom(list)
  change()
  if (wasAtBottom) list.scrollTop = list.scrollHeight
}

// A window that shrinks, or a keyboard that comes up, hides the last words as little as new ones do.
let isFollowing = true
$('messages').addEventListener('scroll', () => {
  isFollowing = isAtBottom($('messages'))
})
new ResizeObserver(() => {
  if (isFollowing) $('messages').scrollTop = $('messages').scrollHeight
}).observe($('messages'))

// All at once: not to be read out.
function showMessages() {
  const list = $('messages')
  const { entries } = rooms.get(current)
  list.setAttribute('aria-busy', 'true')
  list.replaceChildren(...entries.map((entry, at) => itemOf(entry, entries[at - 1])))
  list.scrollTop = list.scrollHeight
  list.setAttribute('aria-busy', 'false')
}

function showPeople() {
  const people = [...rooms.get(current).people].toSorted((one, other) => one.localeCompare(other))
  $('people').replaceChildren(...people.map((name) => personItem(name, name === me)))
  $('people-title').textContent = `People (${people.length})`
  $('show-people').textContent = `${people.length} here`
}

function showRooms() {
  const unreadIn = (name) => rooms.get(name)?.unread ?? 0
  $('rooms').replaceChildren(
    ...summaries.map((summary) =>
      roomItem(summary, {
        isCurrent: summary.name === current,
        isJoined: rooms.has(summary.name),
        unread: unreadIn(summary.name),
      }),
    ),
  )
  const unread = [...rooms.keys()].reduce((sum, name) => sum + unreadIn(name), 0)
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${current ?? 'Chat'}`
}

function showTyping() {
  const names = [...rooms.get(current).typing.keys()]
  $('typing').textContent =
    names.length === 0 ? '' : `${names.slice(0, 3).join(', ')} ${names.length === 1 ? 'is' : 'are'} typing…`
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || !rooms.has(current)) return
  rooms.get(current).unread = 0
  showRooms()
})

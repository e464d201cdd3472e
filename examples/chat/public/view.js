// Owns: how things look: elements made of values. Whatever a user wrote becomes text, never HTML.
// Elsewhere: when they are shown (chat.js).

const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const hourAndSeconds = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const sameBreath = 5 * 60_000

export function element(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : value)
  }
  if (text !== undefined) made.textContent = text
  made.append(...children)
  return made
}

export const clockText = (ms) => hourAndSeconds.format(ms)

/** Gives an avatar its letter and its colour: the same name looks the same everywhere. */
export function paintAvatar(avatar, name) {
  let hue = 0
  for (const character of name.toLowerCase()) hue = (hue * 31 + character.codePointAt(0) * 137) % 360
  avatar.textContent = String.fromCodePoint(name.codePointAt(0)).toUpperCase()
  avatar.style.setProperty('--hue', hue)
  return avatar
}

export const avatarOf = (name) => paintAvatar(element('span', { class: 'avatar', 'aria-hidden': 'true' }), name)

export function personItem(name, isMe) {
  return element('li', {}, avatarOf(name), element('span', { class: 'name', text: name }), isMe ? badge('you') : '')
}

function badge(text) {
  return element('span', { class: 'badge', text })
}

export function roomItem({ name, people }, { isCurrent, isJoined, unread }) {
  const button = element('button', {
    'data-room': name,
    'aria-current': isCurrent ? 'true' : undefined,
    title: isJoined ? undefined : `Join ${name}`,
  })
  button.append(element('span', { class: 'name', text: name }))
  if (unread > 0) {
    button.append(element('span', { class: 'badge unread', text: String(unread), 'aria-label': `${unread} unread` }))
  }
  button.append(element('span', { class: 'count', text: String(people), 'aria-label': `${people} here` }))
  return element('li', { class: isJoined ? 'joined' : undefined }, button)
}

export const noteItem = (text) => element('li', { class: 'note', text })

const marks = {
  sending: { text: '…', label: 'sending' },
  delivered: { text: '✓', label: 'delivered' },
}

/** A message; `before` is the one above it: the author of several in a row is shown once, and read out for each. */
export function messageItem(message, before, myName) {
  const isMine = message.name === myName
  const isSameSpeaker = before?.name === message.name && before.client === message.client
  const goesOn = isSameSpeaker && message.at - before.at < sameBreath
  const item = element('li', { class: `message${isMine ? ' mine' : ''}${goesOn ? ' more' : ''}` })
  const time = element('time', {
    datetime: new Date(message.at).toISOString(),
    text: hour.format(message.at),
  })
  const about = element('p', { class: 'about' }, element('span', { class: 'name', text: message.name }), ' ', time)
  if (message.client !== undefined) about.append(clientOf(message.client))
  const words = element('p', { class: 'words' }, ...withLinks(message.text))
  if (!isMine) item.append(avatarOf(message.name))
  item.append(about, words)
  if (isMine && message.state !== undefined) item.append(stateOf(message))
  return item
}

// An address up to what cannot be in one, without the marks that end a sentence or a bracket around it.
const address = /\bhttps?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}]/gi

/** Addresses of web pages become links. Nothing but `http:` and `https:`: a link must not run a script. */
function withLinks(text) {
  const parts = []
  let at = 0
  for (const { 0: found, index } of text.matchAll(address)) {
    if (!URL.canParse(found)) continue
    // Not the page that is linked to, nor its server, learns where the link stood.
    const link = element('a', { href: found, target: '_blank', rel: 'noopener noreferrer nofollow', text: found })
    parts.push(text.slice(at, index), link)
    at = index + found.length
  }
  return [...parts, text.slice(at)]
}

// The generation of Socket.IO with which a message was sent.
function clientOf(client) {
  return element('span', { class: 'client', text: client, title: `Socket.IO ${client}` })
}

function stateOf({ state, id }) {
  if (state === 'waiting') return element('p', { class: 'state unsent', text: 'Not sent yet' })
  if (state === 'failed') {
    return element(
      'p',
      { class: 'state failed' },
      'Not delivered. ',
      element('button', { class: 'link', 'data-again': id, text: 'Send again' }),
    )
  }
  const { text, label } = marks[state]
  return element('p', { class: `state ${state}`, text, role: 'img', 'aria-label': label, title: label })
}

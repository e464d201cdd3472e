// Owns: everything around the conversation: the connection's state, the clock, the client and its transport, drawers, notices,
// and what the user waits for.
// Elsewhere: the conversation (chat.js).
import { chosenClient, chosenTransport, transports } from './connection.js'
import { clockText, element } from './view.js'

const noticeLasts = 5000
const waitIsLong = 400
const newsLasts = 10_000
const $ = (id) => document.getElementById(id)
const words = {
  loading: 'Loading…',
  connecting: 'Connecting…',
  online: 'Connected',
  reconnecting: 'Reconnecting…',
  offline: 'Offline',
}

let connection = { name: 'loading' }
let clockOffset
let news = { text: '', until: 0 }

export function showConnection(state) {
  connection = state
  const { name, transport, attempt, nextAt } = state
  document.body.dataset.connection = name
  const hasNews = name === 'online' && Date.now() < news.until
  setText($('connection'), hasNews ? news.text : attempt > 0 ? `Reconnecting, attempt ${attempt}` : words[name])
  const seconds = Math.ceil((nextAt - Date.now()) / 1000)
  setText($('connection-detail'), transport ?? (seconds > 0 ? `in ${seconds} s` : ''))
  $('retry').hidden = name !== 'offline'
}

/** Shows for a while what the connection brought, in place of "Connected". */
export function showNews(text) {
  news = { text, until: Date.now() + newsLasts }
  showConnection(connection)
}

/** The server sends its time every few seconds; the page counts on in between. */
export function showClock(now) {
  clockOffset = now - Date.now()
}

setInterval(() => {
  showConnection(connection)
  if (clockOffset !== undefined) setText($('clock'), clockText(Date.now() + clockOffset))
}, 250)

// A live region is read out whenever it is written to.
function setText(shown, text) {
  if (shown.textContent !== text) shown.textContent = text
}

/** Shows an error for a while. */
export function notify(error) {
  const notice = element('p', { text: error.message })
  $('notices').append(notice)
  setTimeout(() => notice.remove(), noticeLasts)
}

/** Shows what the user waits for, after a short while, until the promise settles. */
export async function waitingFor(what, promise) {
  let text = ''
  const timer = setTimeout(() => {
    text = what
    setText($('waiting'), what)
  }, waitIsLong)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    // Another wait may have begun.
    if (text !== '' && $('waiting').textContent === text) setText($('waiting'), '')
  }
}

/** On narrow windows, opens the pane 'rooms' or 'people', or closes both for ''. */
export function openDrawer(name) {
  document.body.dataset.drawer = name
  for (const each of ['rooms', 'people']) $(`show-${each}`).setAttribute('aria-expanded', String(each === name))
  if (name) $(`${name}-pane`).focus()
}

for (const name of ['rooms', 'people']) {
  $(`show-${name}`).addEventListener('click', () => openDrawer(document.body.dataset.drawer === name ? '' : name))
}
$('veil').addEventListener('click', () => openDrawer(''))
document.addEventListener('keydown', (event) => {
  const open = document.body.dataset.drawer
  if (event.key !== 'Escape' || !open) return
  openDrawer('')
  $(`show-${open}`).focus()
})

$('retry').addEventListener('click', () => location.reload())
$('client').value = chosenClient
$('transport').append(...transports.map((name) => element('option', { text: name })))
$('transport').value = chosenTransport

// Each client has transports of its own: with another one the choice is open again.
$('client').addEventListener('change', (event) => reloadWith(event.target.value, 'auto'))
$('transport').addEventListener('change', (event) => reloadWith(chosenClient, event.target.value))

function reloadWith(client, transport) {
  const search = new URLSearchParams()
  if (client !== '0.9') search.set('client', client)
  if (transport !== 'auto') search.set('transport', transport)
  location.search = search
}

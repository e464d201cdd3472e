// Owns: the list of messages, and where it is scrolled to.
// Elsewhere: which entries there are (chat.js), how one looks (view.js).
import { messageItem, noteItem } from './view.js'

const nearBottom = 80
const list = document.getElementById('messages')

// Whether the newest message is visible and has to stay so: messages arrive, windows shrink, keyboards open.
let isFollowing = true

list.addEventListener('scroll', () => {
  isFollowing = list.scrollHeight - list.scrollTop - list.clientHeight < nearBottom
})
new ResizeObserver(follow).observe(list)

function follow() {
  if (isFollowing) list.scrollTop = list.scrollHeight
}

const items = new WeakMap()

function itemOf(entry, before, me) {
  const item = entry.note ? noteItem(entry.note) : messageItem(entry, before, me)
  items.set(entry, item)
  return item
}

/** Shows an entry again that has changed. */
export function refreshEntry(entry, before, me) {
  items.get(entry)?.replaceWith(itemOf(entry, before, me))
  follow()
}

export function appendEntry(entry, before, me) {
  list.append(itemOf(entry, before, me))
  follow()
}

/** Shows a room's entries from the start; `aria-busy`, so that they are not all read out. */
export function showEntries(entries, me) {
  list.setAttribute('aria-busy', 'true')
  list.replaceChildren(...entries.map((entry, at) => itemOf(entry, entries[at - 1], me)))
  list.setAttribute('aria-busy', 'false')
  follow()
}

/** Scrolls to the newest message. */
export function showEnd() {
  isFollowing = true
  follow()
}

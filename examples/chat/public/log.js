// Owns: the list of what was said, and where it is scrolled to.
// Elsewhere: which entries there are (chat.js), how one looks (view.js).
import { messageItem, noteItem } from './view.js'

const nearBottom = 80
const list = document.getElementById('messages')

// Whether the last words are in sight, and are to stay there: new ones come, windows shrink, keyboards come up.
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

/** Shows a room's entries from the start; `aria-busy`, because they are not to be read out. */
export function showEntries(entries, me) {
  list.setAttribute('aria-busy', 'true')
  list.replaceChildren(...entries.map((entry, at) => itemOf(entry, entries[at - 1], me)))
  list.setAttribute('aria-busy', 'false')
  follow()
}

/** Goes to the last words, wherever the list was. */
export function showEnd() {
  isFollowing = true
  follow()
}

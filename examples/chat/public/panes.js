// Owns: what is shown beside the messages: the rooms, the people, the room's head, who is typing.
// Elsewhere: the messages (log.js), the bar above (frame.js).
import { paintAvatar, personItem, roomItem } from './view.js'

const $ = (id) => document.getElementById(id)

export function showMe(me) {
  $('my-name').textContent = me
  paintAvatar($('my-avatar'), me)
}

export function showRoomHead({ name, topic }, canLeave) {
  $('room-name').textContent = name
  $('room-topic').textContent = topic
  $('leave-room').hidden = !canLeave
}

export function showPeople(people, me) {
  const sorted = [...people].toSorted((one, other) => one.localeCompare(other))
  $('people').replaceChildren(...sorted.map((name) => personItem(name, name === me)))
  $('people-title').textContent = `People (${sorted.length})`
  $('show-people').textContent = `${sorted.length} here`
}

/** All rooms that there are; `joined` has those that we are in. */
export function showRoomList(summaries, joined, current) {
  const unreadIn = (name) => joined.get(name)?.unread ?? 0
  const focused = document.activeElement?.dataset.room
  $('rooms').replaceChildren(
    ...summaries.map((summary) =>
      roomItem(summary, {
        isCurrent: summary.name === current,
        isJoined: joined.has(summary.name),
        unread: unreadIn(summary.name),
      }),
    ),
  )
  // A list that changes while somebody walks through it by keyboard stays where it is.
  if (focused)
    $('rooms')
      .querySelector(`[data-room="${CSS.escape(focused)}"]`)
      ?.focus()
  const unread = [...joined.keys()].reduce((sum, name) => sum + unreadIn(name), 0)
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${current ?? 'Chat'}`
}

export function showTypists(names) {
  const verb = names.length === 1 ? 'is' : 'are'
  $('typing').textContent = names.length === 0 ? '' : `${names.slice(0, 3).join(', ')} ${verb} typing…`
}

// Owns: how xhr-polling dresses its answers.
import type { PollFormat } from './long-poll.js'

export const xhrPolling: PollFormat = {
  name: 'xhr-polling',
  headers: { 'Content-Type': 'text/plain; charset=UTF-8' },
  body: (payload) => payload,
}

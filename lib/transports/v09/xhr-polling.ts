// Owns: how xhr-polling dresses its answers.
import { plainText } from '../exchange.js'
import type { PollFormat } from './long-poll.js'

export const xhrPolling: PollFormat = {
  name: 'xhr-polling',
  headers: plainText,
  body: (payload) => payload,
}

// Owns: how xhr-polling dresses its answers.
import { payloadOf } from '../../wire/v09/frame.js'
import { plainText } from '../exchange.js'
import type { PollFormat } from './long-poll.js'

export const xhrPolling: PollFormat = {
  name: 'xhr-polling',
  headers: plainText,
  body: payloadOf,
}

// Owns: the real 0.9.17 client in Chromium over jsonp-polling, in pages of the server's own origin.
import { runInPages } from './rows.js'

runInPages('jsonp-polling', 'same origin')

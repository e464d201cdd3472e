// Owns: the real 0.9.17 client in Chromium over websocket, in pages of another origin.
import { runInPages } from './rows.js'

runInPages('websocket', 'cross origin')

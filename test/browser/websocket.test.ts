// Owns: the real 0.9.17 client in Chromium over websocket.
import { runInPages } from './rows.js'

runInPages('websocket')

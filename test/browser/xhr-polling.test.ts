// Owns: the real 0.9.17 client in Chromium over xhr-polling.
import { runInPages } from './rows.js'

runInPages('xhr-polling')

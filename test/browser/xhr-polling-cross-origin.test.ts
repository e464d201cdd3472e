// Owns: the real 0.9.17 client in Chromium over xhr-polling, in pages of another origin.
import { runInPages } from './rows.js'

runInPages('xhr-polling', 'cross origin')

// Owns: the real 0.9.17 client in Chromium over jsonp-polling, in pages of another origin.
import { runInPages } from './rows.js'

runInPages('jsonp-polling', 'cross origin')

// Owns: the real 0.9.17 client in Chromium over jsonp-polling.
import { runInPages } from './rows.js'

runInPages('jsonp-polling')

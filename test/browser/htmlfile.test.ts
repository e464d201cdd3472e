// Owns: the real 0.9.17 client in Chromium over htmlfile, in pages of the server's own origin.
// Its client does not offer htmlfile across origins.
import { runInPages } from './rows.js'

runInPages('htmlfile', 'same origin')

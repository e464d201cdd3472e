// Owns: the real 0.9.17 client in Chromium over htmlfile.
// Its client does not offer htmlfile across origins.
import { runInPages } from './rows.js'

runInPages('htmlfile', ['same origin'])

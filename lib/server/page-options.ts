// Owns: the options of what is served to pages.
// Elsewhere: the files (client-files.ts).
import { wrongOption } from '../support/options.js'

export function readServeClient(serveClient: unknown = false): string | undefined {
  if (serveClient === false) return undefined
  if (typeof serveClient === 'string' && serveClient !== '') return serveClient
  throw wrongOption('serveClient', "a path, the name of a package ('socket.io-client'), or false", serveClient)
}

export function readServeSeen(serveSeen: unknown = false, serveClient: unknown = false): boolean | 'appended' {
  if (typeof serveSeen === 'boolean') return serveSeen
  if (serveSeen !== 'appended') throw wrongOption('serveSeen', "true, false or 'appended'", serveSeen)
  if (serveClient !== false) return serveSeen
  throw wrongOption('serveSeen', 'true or false where there is no serveClient', serveSeen)
}

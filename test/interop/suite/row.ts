// Owns: what a suite needs of a row of the matrix: a server, and a client of it somewhere.
import type { TestContext } from 'node:test'
import type { NamespaceDeclarations, Options } from '../../../lib/index.js'
import type { Client } from '../../support/client-09.js'
import type { Restartable } from '../../support/restartable.js'
import type { Words } from './words.js'

export interface Visit<ClientHere extends Client = Client> {
  readonly app: Restartable
  readonly client: ClientHere
}

/** One client over one transport against one framework. */
export interface Row<ClientHere extends Client = Client> {
  readonly name: string
  /** The one that it settles on. */
  readonly transport: 'websocket' | 'htmlfile' | 'xhr-polling' | 'jsonp-polling' | 'polling'
  /** The one that it begins with. */
  readonly firstTransport: Row['transport']
  /** What its generation says differently. */
  readonly words: Words
  open(t: TestContext, namespaces: NamespaceDeclarations, options?: Options): Promise<Visit<ClientHere>>
}

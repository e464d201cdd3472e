// Owns: what a suite needs of a row of the matrix: a server, and a client of it somewhere.
import type { TestContext } from 'node:test'
import type { NamespaceDeclarations, Options } from '../../../lib/index.js'
import type { Client } from '../../support/client-09.js'
import type { Restartable } from '../../support/restartable.js'

export interface Visit<ClientHere extends Client = Client> {
  readonly app: Restartable
  readonly client: ClientHere
}

/** One client over one transport against one framework. */
export interface Row<ClientHere extends Client = Client> {
  readonly name: string
  readonly transport: 'websocket' | 'htmlfile' | 'xhr-polling' | 'jsonp-polling'
  open(t: TestContext, namespaces: NamespaceDeclarations, options?: Options): Promise<Visit<ClientHere>>
}

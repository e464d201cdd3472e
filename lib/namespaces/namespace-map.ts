// Owns: which class serves which endpoint, as the application declared it.
import { UsageError, quote } from '../support/errors.js'
import { logWarning } from '../support/log.js'
import { BaseNamespace } from './base-namespace.js'
import { readClass, type ClassTable } from './class-table.js'
import type { DeclaredNamespace, NamespaceDeclarations } from './declarations.js'

/**
 * Reads the map that `socketioMiddleware()` was given. The endpoint `''` always exists: undeclared, it is an empty namespace.
 * @throws UsageError SIO_USAGE_NAMESPACE for a name or a class that cannot be.
 */
export function readNamespaces(declarations: NamespaceDeclarations): ReadonlyMap<string, DeclaredNamespace> {
  const isMap = declarations instanceof Map
  if (!isMap && (typeof declarations !== 'object' || declarations === null || Array.isArray(declarations))) {
    throw new UsageError(
      'SIO_USAGE_NAMESPACE',
      `expected namespaces to be an object or a Map of classes, got ${quote(declarations)}`,
    )
  }
  const declared = new Map<string, DeclaredNamespace>()
  for (const [name, namespaceClass] of isMap ? declarations : Object.entries(declarations)) {
    const endpoint = readName(name)
    if (declared.has(endpoint)) {
      throw new UsageError('SIO_USAGE_NAMESPACE', `expected one class for '' and '/', which are the same, got two`)
    }
    declared.set(endpoint, { endpoint, namespaceClass, table: readDeclared(name, namespaceClass) })
  }
  if (!declared.has('')) {
    declared.set('', {
      endpoint: '',
      namespaceClass: BaseNamespace,
      table: readClass(BaseNamespace as never, BaseNamespace as never),
    })
  }
  return declared
}

function readName(name: unknown): string {
  if (name === '' || name === '/') return ''
  if (typeof name === 'string' && /^\/[^:]+$/.test(name)) return name
  throw new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected the name of a namespace to be '' or to begin with "/" and to have no ":", got ${quote(name)}`,
  )
}

function readDeclared(name: string, namespaceClass: unknown): ClassTable {
  if (typeof namespaceClass !== 'function' || !(namespaceClass.prototype instanceof BaseNamespace)) {
    throw new UsageError(
      'SIO_USAGE_NAMESPACE',
      `expected a subclass of BaseNamespace for ${quote(name)}, got ${quote(namespaceClass)}`,
    )
  }
  const table = readClass(namespaceClass as never, BaseNamespace as never)
  for (const method of ['on_connect', 'on_disconnect']) {
    if (!table.methods.has(method)) continue
    logWarning(
      `${namespaceClass.name}.${method} is an ordinary event that a client can send; ` +
        `the hook is recv_${method.slice(3)}`,
    )
  }
  return table
}

// Owns: the record of the request that a socket began with, which outlives that request's connection.

/**
 * The originating request as plain data: `req.ip` and `req.socket` die with their TCP connection, this does
 * not.
 */
export interface Environ {
  readonly method: string
  /** As the client asked for it, with the query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly query: Readonly<Record<string, string>>
  /** The client's address, as far as the framework trusts proxies. */
  readonly address: string
  /** Whether the client came by https, likewise. */
  readonly secure: boolean
  /** Whether the request named an origin, which browsers do across origins. */
  readonly xdomain: boolean
  /** When it came, in milliseconds since 1970. */
  readonly issued: number
  /** The same, as text. */
  readonly time: string
}

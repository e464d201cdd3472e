// Owns: a client's cookies: of its own, or shared with another client, as supertest's agent.
// Elsewhere: which requests carry them (door.ts).

/** A cookie jar as `cookiejar` has it, and so supertest: `request.agent(app).jar`. */
export interface SharedJar {
  getCookies(access: { domain: string; path: string; secure: boolean; script: boolean }): { toValueString(): string }
  setCookies(cookies: string[], domain: string, path: string): unknown
}

/** What a client begins with: a jar that is shared, cookies by name, or a whole header. */
export type Cookies = SharedJar | Readonly<Record<string, string>> | string

/** What a client keeps its cookies in. */
export interface Jar {
  /** The header of a request for that path; undefined when there is nothing to send. */
  header(path: string): string | undefined
  /** Takes the `Set-Cookie` of an answer. */
  take(setCookie: readonly string[], path: string): void
}

// supertest asks for its app there.
const domain = '127.0.0.1'

export function jarOf(cookies: Cookies = {}): Jar {
  return isShared(cookies) ? new ForeignJar(cookies) : new OwnJar(cookies)
}

function isShared(cookies: Cookies): cookies is SharedJar {
  return typeof cookies === 'object' && typeof (cookies as Partial<SharedJar>).getCookies === 'function'
}

class ForeignJar implements Jar {
  readonly #jar: SharedJar

  constructor(jar: SharedJar) {
    this.#jar = jar
  }

  header(path: string): string | undefined {
    const cookies = this.#jar.getCookies({ domain, path, secure: false, script: false }).toValueString()
    return cookies === '' ? undefined : cookies
  }

  take(setCookie: readonly string[], path: string): void {
    // The default path of a cookie is the folder of its request (RFC 6265, 5.1.4).
    this.#jar.setCookies([...setCookie], domain, path.slice(0, path.lastIndexOf('/')) || '/')
  }
}

/** Of one client and one server: paths and domains tell nothing apart there. */
class OwnJar implements Jar {
  readonly #cookies = new Map<string, string>()

  constructor(cookies: Readonly<Record<string, string>> | string) {
    const pairs = typeof cookies === 'string' ? cookies.split(';').map(pairOf) : Object.entries(cookies)
    for (const [name, value] of pairs) if (name !== '') this.#cookies.set(name, value)
  }

  header(): string | undefined {
    if (this.#cookies.size === 0) return undefined
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  take(setCookie: readonly string[]): void {
    for (const cookie of setCookie) {
      const [name, value] = pairOf(cookie.split(';', 1)[0] ?? '')
      if (isOver(cookie)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }
}

function pairOf(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}

function isOver(cookie: string): boolean {
  const age = /;\s*max-age\s*=\s*(-?\d+)/i.exec(cookie)?.[1]
  if (age !== undefined) return Number(age) <= 0
  const expires = /;\s*expires\s*=\s*([^;]+)/i.exec(cookie)?.[1]
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

// Owns: one bare TCP connection: bytes out, bytes in, and every way to end it.
// Elsewhere: clients that behave (test/support/v09-peer.ts, engine-peer.ts).
import { once } from 'node:events'
import net from 'node:net'
import type { TestContext } from 'node:test'
import { clientFrame } from '../support/client-frame.js'
import { within } from '../support/journal.js'

export interface Request {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
}

export class RawConnection {
  readonly #socket: net.Socket
  readonly #received: string[] = []
  #hasEnded = false
  #wake = (): void => {}

  constructor(socket: net.Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received.push(text)
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#hasEnded = true
      this.#wake()
    })
  }

  static async open(t: TestContext, port: number): Promise<RawConnection> {
    const socket = net.connect(port, '127.0.0.1')
    t.after(() => {
      socket.destroy()
    })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  write(text: string): void {
    this.#socket.write(text)
  }

  /** The head of a request, with its empty line. */
  ask({ method = 'GET', path, headers = {} }: Request): void {
    const { remotePort: port } = this.#socket
    const lines = Object.entries({ Host: `127.0.0.1:${port}`, Referer: `http://127.0.0.1:${port}/`, ...headers })
    this.write(
      [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'),
    )
  }

  /** Asks for an upgrade to a websocket. */
  askUpgrade(path: string): void {
    this.ask({
      path,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    })
  }

  /** One text frame of a websocket. */
  sendFrame(text: string): void {
    this.#socket.write(clientFrame(text))
  }

  /** Bytes as they are: a frame that was made before, say. */
  writeBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** All that has come, once `text` is in it. */
  async until(text: string): Promise<string> {
    const waiting = async (): Promise<string> => {
      // Megabytes come in many pieces: each is looked at once.
      let window = ''
      for (let seen = 0; !window.includes(text);) {
        window = window.slice(-text.length)
        if (seen < this.#received.length) window += this.#received[seen++]
        else if (this.#hasEnded) throw new Error(`expected ${text} before the end of ${window}`)
        else await this.#more()
      }
      return this.#received.join('')
    }
    return within(() => `${text} behind ${this.#received.at(-1)?.slice(-200)}`, waiting())
  }

  /** Resolves when the connection is over. */
  async ended(): Promise<void> {
    while (!this.#hasEnded) await within('the end of a connection', this.#more())
  }

  /** As a network does that has had enough: RST. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** In order: FIN, and nothing is read any more. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Reads no more, and answers nothing: as good as not there. */
  fallSilent(): void {
    this.#socket.pause()
  }

  /** Reads on. */
  wake(): void {
    this.#socket.resume()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

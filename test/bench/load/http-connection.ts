// Owns: one kept-alive HTTP connection with one request at a time, without the weight of Node's own client.
import net, { type Socket } from 'node:net'

export type Answered = (body: string) => void

export class HttpConnection {
  readonly #port: number
  readonly #failed: (error: Error) => void
  #socket: Socket | undefined
  #rest = ''
  #answered: Answered | undefined

  constructor(port: number, failed: (error: Error) => void) {
    this.#port = port
    this.#failed = failed
  }

  get isBusy(): boolean {
    return this.#answered !== undefined
  }

  get(path: string, answered: Answered): void {
    this.#request(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\n\r\n`, answered)
  }

  post(path: string, body: string, answered: Answered): void {
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\nContent-Type: text/plain;charset=UTF-8\r\n`
    this.#request(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, answered)
  }

  destroy(): void {
    this.#answered = undefined
    this.#socket?.removeAllListeners('close').resetAndDestroy()
  }

  #request(text: string, answered: Answered): void {
    this.#answered = answered
    this.#socket ??= this.#connect()
    this.#socket.write(text, 'latin1')
  }

  #connect(): Socket {
    const socket = net.connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#read(text)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#failed(new Error('the server closed an HTTP connection'))
    })
    return socket
  }

  #read(text: string): void {
    this.#rest += text
    const end = this.#rest.indexOf('\r\n\r\n')
    if (end < 0) return
    const [, status, length] =
      /^HTTP\/1\.1 (\d+)[\s\S]*?\r\ncontent-length: (\d+)/i.exec(this.#rest.slice(0, end)) ?? []
    if (status !== '200') {
      this.#failed(new Error(`expected an answer of known length, got ${this.#rest.slice(0, end)}`))
      return
    }
    const stop = end + 4 + Number(length)
    if (this.#rest.length < stop) return
    const body = this.#rest.slice(end + 4, stop)
    this.#rest = this.#rest.slice(stop)
    const answered = this.#answered
    this.#answered = undefined
    answered?.(body)
  }
}

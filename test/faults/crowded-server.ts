// Owns: the process of a server with few file descriptors: it prints its port, and says on stderr what goes wrong.
// Elsewhere: the crowd (descriptors.test.ts).
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { BaseNamespace, socketioMiddleware } from '../../lib/index.js'

class Echo extends BaseNamespace {
  on_echo(text: string): string {
    return text
  }
}

const io = socketioMiddleware({ '': Echo })
const server = http.createServer(express().use(io))
io.attach(server)
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port)
})
// It never outlives its test.
process.on('disconnect', () => {
  process.exit()
})

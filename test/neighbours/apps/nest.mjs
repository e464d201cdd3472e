// Owns: NestJS on Express, with a gateway of its own on the same server.
import 'reflect-metadata'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { WsAdapter } from '@nestjs/platform-ws'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { io, tell, unknownVariant, variant } from './ours.mjs'

if (variant !== 'with a gateway') throw unknownVariant()

class Pages {
  page() {
    return 'page'
  }
}

class Gateway {
  echo(_client, data) {
    return { event: 'echo', data }
  }
}

// oxlint-disable-next-line typescript/no-extraneous-class -- that is what a module of NestJS is
class App {}

// What `@Get('page') page()` would be compiled to.
function decorate(decorator, { prototype }, name) {
  decorator(prototype, name, Object.getOwnPropertyDescriptor(prototype, name))
}

Controller()(Pages)
decorate(Get('page'), Pages, 'page')
WebSocketGateway({ path: '/gateway' })(Gateway)
decorate(SubscribeMessage('echo'), Gateway, 'echo')
Module({ controllers: [Pages], providers: [Gateway] })(App)

const app = await NestFactory.create(App, { logger: ['error', 'warn'] })
app.use(io)
app.useWebSocketAdapter(new WsAdapter(app))
await app.listen(0, '127.0.0.1')
tell(app.getHttpServer())

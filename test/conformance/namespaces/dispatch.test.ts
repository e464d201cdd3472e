// Owns: overrides of the low-level methods: processPacket, processEvent, callMethodWithAcl, callMethod.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, DispatchError, type EventPacket, type Packet } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, joinClient, openClient, Queue } from '../../support/wire-client.js'

test('every packet of an endpoint, and no other, comes in by processPacket', async (t) => {
  const seen = new Queue<string>()
  class Watching extends BaseNamespace {
    processPacket(packet: Packet) {
      seen.push(`${packet.endpoint} ${packet.type}`)
      return super.processPacket(packet)
    }

    on_say() {}
  }
  const server = await startServer(t, { '': Watching, '/a': Watching, '/b': Watching })
  const client = await joinClient(t, server, '/a')
  const packets = [event('/a', 'say'), '3::/a:x', '4::/a:1', '7::/a', '3::/b:x', '3:::x']
  client.send(...packets, '0::/a')
  await client.settled()
  const all = seen.takeAll()
  assert.deepEqual(
    all.filter((entry) => entry.startsWith('/a')),
    ['connect', 'event', 'message', 'json', 'error', 'disconnect'].map((type) => `/a ${type}`),
  )
  assert.deepEqual(
    all.filter((entry) => entry.startsWith('/b')),
    ['/b connect', '/b message'],
  )
  assert.deepEqual(
    all.filter((entry) => entry.startsWith(' ')),
    [' message'],
  )
})

test('a processPacket of its own leaves all other methods uncalled, and its result is the answer', async (t) => {
  const called: string[] = []
  class Own extends BaseNamespace {
    processPacket(packet: Packet) {
      return packet.type === 'event' ? `own ${packet.name}` : undefined
    }

    processEvent() {
      called.push('processEvent')
    }

    callMethodWithAcl() {
      called.push('callMethodWithAcl')
    }

    callMethod() {
      called.push('callMethod')
    }

    recv_connect() {
      called.push('recv_connect')
    }

    on_say() {
      called.push('on_say')
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Own }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'say')), '6::/chat:1+["own say"]')
  client.send('3::/chat:x', '0::/chat')
  assert.deepEqual(await client.settled(), [])
  assert.deepEqual(called, [])
})

test('an override of processEvent dispatches events in its own way, and nothing but events', async (t) => {
  class Routing extends BaseNamespace {
    getInitialAcl() {
      return ['recv_connect', 'recv_message', 'on_any']
    }

    processEvent(packet: EventPacket) {
      const methodName = packet.name === 'secret' ? 'on_secret' : 'on_any'
      return this.callMethodWithAcl(methodName, packet, packet.name, ...packet.args)
    }

    on_any(...args: unknown[]) {
      return args
    }

    on_secret() {
      return 'reached'
    }

    recv_message(data: string) {
      return data
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Routing }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'what ever', 1)), '6::/chat:1+["what ever",1]')
  assert.equal(
    await client.ask(asking(2, '/chat', 'secret')),
    errorEvent('/chat', 'method_access_denied', 'You do not have access to method "on_secret"'),
  )
  assert.equal(await client.ask('3:3+:/chat:text'), '6::/chat:3+["text"]')
})

test('callMethodWithAcl asks the ACL, and callMethod does not', async (t) => {
  const seen = new Queue<string>()
  class Calling extends BaseNamespace {
    getInitialAcl() {
      return ['recv_connect', 'on_call']
    }

    on_call(packet: EventPacket) {
      seen.push(String(this.callMethod('on_closed', packet, 1, 2)))
      try {
        this.callMethodWithAcl('on_closed', packet, 1, 2)
      } catch (error) {
        seen.push((error as DispatchError).errorName)
      }
      try {
        this.callMethod('on_missing', packet)
      } catch (error) {
        seen.push((error as DispatchError).errorName)
      }
    }

    on_closed(...args: unknown[]) {
      return args.join()
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Calling }), '/chat')
  client.send(event('/chat', 'call'))
  assert.deepEqual(await seen.take(3), ['1,2', 'method_access_denied', 'no_such_method'])
})

test('callMethod gives a method the packet alone, or the arguments, and goes through the decorator', async (t) => {
  const seen = new Queue<unknown>()
  class Calling extends BaseNamespace {
    exceptionHandlerDecorator(fn: (...args: unknown[]) => unknown) {
      return (...args: unknown[]) => {
        seen.push('decorated')
        return fn(...args)
      }
    }

    processEvent(packet: EventPacket) {
      this.callMethod('on_whole', packet, 1, 2)
      this.callMethod('on_parts', packet, 1, 2)
    }

    on_whole(packet: EventPacket) {
      seen.push(packet.name)
    }

    on_parts(...args: unknown[]) {
      seen.push(args)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Calling }), '/chat')
  seen.takeAll()
  client.send(event('/chat', 'go', 'x'))
  assert.deepEqual(await seen.take(4), ['decorated', 'go', 'decorated', [1, 2]])
})

test('callMethod reaches on_ and recv_ methods only', async (t) => {
  const seen = new Queue<string>()
  class Reaching extends BaseNamespace {
    processEvent(packet: EventPacket) {
      for (const name of ['emit', 'secret', 'constructor', 'toString', 'on_', 'recv_packet']) {
        try {
          this.callMethod(name, packet)
          seen.push(`reached ${name}`)
        } catch (error) {
          seen.push((error as DispatchError).message)
        }
      }
    }

    secret() {}
    on_() {}
    recv_packet() {}
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Reaching }), '/chat')
  client.send(event('/chat', 'go'))
  const names = ['emit', 'secret', 'constructor', 'toString', 'on_', 'recv_packet']
  assert.deepEqual(
    await seen.take(6),
    names.map((name) => `The method "${name}" was not found`),
  )
})

test('a processPacket that throws on the connect refuses it', async (t) => {
  class Refusing extends BaseNamespace {
    processPacket(packet: Packet) {
      if (packet.type === 'connect') throw new DispatchError('SIO_DISPATCH_DENIED', 'method_access_denied', 'no')
      return super.processPacket(packet)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Refusing }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
})

// Owns: outages of Redis under the adapters that publish.
import { outageSuite } from './suite/outage.js'

outageSuite('redis-adapter with redis')
outageSuite('redis-adapter with ioredis')
outageSuite('sharded redis-adapter with redis')
outageSuite('sharded redis-adapter with ioredis')

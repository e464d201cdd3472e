// Owns: outages of Redis under the streams adapter.
import { outageSuite } from './suite/outage.js'

outageSuite('redis-streams-adapter with redis')
outageSuite('redis-streams-adapter with ioredis')

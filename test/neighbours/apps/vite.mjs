// Owns: vite's dev server: inside an app, with io as a plugin, and as a proxy in front of a server with io.
import http from 'node:http'
import express from 'express'
import { createServer } from 'vite'
import { io, listen, tell, unknownVariant, variant } from './ours.mjs'

const common = { root: 'site', configFile: false, logLevel: 'error', optimizeDeps: { noDiscovery: true, include: [] } }

if (variant === 'in an app') {
  const app = express()
  const server = http.createServer(app)
  const vite = await createServer({ ...common, server: { middlewareMode: true, hmr: { server } } })
  app.use(io).use(vite.middlewares)
  await listen(server)
} else if (variant === 'with io as a plugin') {
  const plugin = {
    name: 'socketio-middleware',
    configureServer({ middlewares }) {
      middlewares.use(io)
    },
  }
  const vite = await createServer({ ...common, plugins: [plugin], server: { host: '127.0.0.1', port: 0 } })
  await vite.listen()
  tell(vite.httpServer)
} else if (variant === 'as a proxy') {
  const backend = http.createServer(io)
  await new Promise((resolve) => {
    backend.listen(0, '127.0.0.1', resolve)
  })
  const target = `http://127.0.0.1:${backend.address().port}`
  // As docs/proxies.md has it.
  const proxy = { '/socket.io': { target, ws: true } }
  const vite = await createServer({ ...common, server: { host: '127.0.0.1', port: 0, proxy } })
  await vite.listen()
  tell(vite.httpServer)
} else throw unknownVariant()

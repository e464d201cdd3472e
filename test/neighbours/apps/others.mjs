// Owns: frameworks that docs/frameworks.md has a row for, with io as that says.
import { createServer } from 'node:http'
import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import polka from 'polka'
import { io, listen, tell, unknownVariant, variant } from './ours.mjs'

if (variant === 'polka') {
  const app = polka().use(io)
  app.get('/page', (_request, response) => {
    response.end('page')
  })
  app.listen(0, '127.0.0.1', () => {
    tell(app.server)
  })
} else if (variant === 'h3') {
  const app = new H3().get('/page', () => 'page')
  const handle = toNodeHandler(app)
  await listen(createServer((req, res) => io(req, res, () => handle(req, res))))
} else throw unknownVariant()

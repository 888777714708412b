/** Swagger UI at `/openapi/ui/`, served from memory because the image has no files beside the bundle. */
import { gunzipSync } from 'node:zlib'
import { page } from '@cloud-native-canary/shared'
import type { Express, Response } from 'express'
import helmet from 'helmet'
import { readAssets } from './swagger-ui-assets.ts'

/** `services/build.ts` sets it; undefined when the sources run directly. */
declare const SWAGGER_UI: Record<string, string> | undefined

const index = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>web-api</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="swagger-ui-bundle.js"></script>
  <script src="start.js"></script>
</body>
</html>
`

const start = `SwaggerUIBundle({ url: '/openapi', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null })
`

const security = helmet({
  // The gateway is responsible for TLS, and thus for this header.
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
    },
  },
})

/** Adds the pages below `/openapi/ui/`. */
export function swaggerUi(app: Express): void {
  const assets = typeof SWAGGER_UI === 'undefined' ? readAssets() : SWAGGER_UI
  app.use('/openapi/ui', security)
  page(app, '/openapi/ui/', (req, res) => {
    // The relative URLs in the page need the trailing slash.
    if (!req.path.endsWith('/')) return res.redirect(308, '/openapi/ui/')
    send(res, 'index.html', index)
  })
  page(app, '/openapi/ui/start.js', (_req, res) => send(res, 'start.js', start))
  for (const [name, base64] of Object.entries(assets)) {
    const zipped = Buffer.from(base64, 'base64')
    page(app, `/openapi/ui/${name}`, (req, res) => {
      res.vary('accept-encoding')
      if (!req.acceptsEncodings('gzip')) return send(res, name, gunzipSync(zipped))
      send(res.set('content-encoding', 'gzip'), name, zipped)
    })
  }
}

function send(res: Response, name: string, content: string | Buffer): void {
  res.type(name).set('cache-control', 'public, max-age=300').send(content)
}

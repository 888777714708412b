/** Build and dev server of the web app. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { writeSbom } from '../services/sbom.ts'

/** Writes `file.gz` beside every text file of the build, so that nginx (`gzip_static`) never compresses at run time. */
function gzipAssets(): Plugin {
  return {
    name: 'gzip-assets',
    apply: 'build',
    async writeBundle({ dir = 'dist' }) {
      for (const file of await readdir(dir, { recursive: true })) {
        if (!/\.(?:js|css|html|svg)$/.test(file)) continue
        const path = join(dir, file)
        await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }))
      }
    },
  }
}

/** Writes the SBOM beside the build: the image contains it, and nginx does not serve it. */
function sbom(): Plugin {
  return {
    name: 'sbom',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const image = { name: 'web-app', version: process.env.VERSION ?? '0.0.0' }
      await writeSbom(image, [...this.getModuleIds()], join(dirname(dir), 'sbom.cdx.json'))
    },
  }
}

const webApi = 'http://127.0.0.1:9080'

export default defineConfig({
  plugins: [vue(), gzipAssets(), sbom()],
  // The app uses only the composition API; leaving the other one out saves a few kilobytes.
  define: { __VUE_OPTIONS_API__: 'false' },
  build: {
    outDir: 'dist/html',
    // The content security policy allows no data: URLs, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    proxy: { '/web-api': webApi, '/openapi': webApi },
  },
})

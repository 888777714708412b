/** Build of the dashboard's page; `npm run dashboard` runs it at each start. */
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: 'false' },
  // The content security policy allows no data: URLs.
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})

/** End-to-end tests: through the real gateway with a real browser, against the running cluster. */
import { defineConfig } from '@playwright/test'
import { ports } from '../cli/settings.ts'
import { systemChromium } from './support/browser.ts'

const executablePath = systemChromium()

export default defineConfig({
  testDir: 'e2e',
  outputDir: '../test-results',
  // The tests change the one cluster, so they run one after another.
  workers: 1,
  fullyParallel: false,
  // What is long by nature has a command of its own: npm run test:long.
  projects: [
    { name: 'e2e', grepInvert: /@long/ },
    { name: 'long', grep: /@long/ },
  ],
  timeout: 180_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '../test-results/e2e.json' }]],
  use: {
    baseURL: `http://127.0.0.1:${ports().web}`,
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath && { executablePath }),
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    },
  },
})

/** Which tests there are. `npx vitest run --project cli` runs one kind; `manifests` asks the running cluster. */
import { defaultExclude, defineConfig } from 'vitest/config'
import { temporaryFolder } from './tests/support/folder.ts'

const exclude = [...defaultExclude, '**/dist/**', '.cluster/**', 'tests/e2e/**']

export default defineConfig({
  // The node's root file system is in there.
  server: { watch: { ignored: ['**/.cluster/**'] } },
  test: {
    // Vitest kills the processes that its tests run in: this one removes what they leave.
    env: { TMPDIR: temporaryFolder() },
    projects: [
      { extends: true, test: { name: 'services', include: ['services/**/*.test.ts'], exclude } },
      {
        extends: './web-app/vite.config.ts',
        root: './web-app',
        test: { name: 'web-app', include: ['src/**/*.test.ts'] },
      },
      { extends: true, test: { name: 'cli', include: ['{cli,dashboard}/**/*.test.ts'], exclude } },
      {
        extends: true,
        test: {
          name: 'manifests',
          include: ['tests/{static,scanners,cluster}/*.test.ts'],
          exclude,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})

/**
 * Which tests there are; `npx vitest run --project cli` runs one kind. `scanners` installs scanners, `cluster` needs the running
 * cluster; `npm run test:static` runs the others.
 */
import { defaultExclude, defineConfig } from 'vitest/config'
import { temporaryFolder } from './tests/support/folder.ts'

const exclude = [...defaultExclude, '**/dist/**', '.cluster/**', 'tests/e2e/**']

export default defineConfig({
  // The node's root file system is in there.
  server: { watch: { ignored: ['**/.cluster/**'] } },
  test: {
    // With a worker for each processor that keeps its modules from file to file, the static tests take half of the time.
    maxWorkers: '100%',
    isolate: false,
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
      ...(['static', 'scanners', 'cluster'] as const).map((name) => ({
        extends: true as const,
        test: {
          name,
          include: [`tests/${name}/*.test.ts`],
          exclude,
          globalSetup: ['tests/support/judges.ts', ...(name === 'static' ? ['tests/support/judging.ts'] : [])],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      })),
    ],
  },
})

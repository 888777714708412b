/** Follows two pages of docs/exercises, and tries a wrong solution; `npm run test:exercises` does so with all. */
import { expect, test } from '@playwright/test'
import { execa } from 'execa'
import { follow, inClone, tryWrong, wrongSolutions } from '../support/exercises.ts'

test.setTimeout(600_000)

for (const number of [2, 5])
  test(`exercise ${number} is done by what its page says`, () => inClone((clone) => follow(clone, number)))

for (const wrong of wrongSolutions[5]?.slice(0, 1) ?? [])
  test(`exercise 5: ${wrong.name} gets a sentence that helps`, () => inClone((clone) => tryWrong(clone, 5, wrong)))

test('--reset commits the files of the exercise and no others, and refuses while they have changes', () =>
  inClone(async (clone) => {
    const run = async (command: string, ...args: string[]) => {
      const { exitCode, all } = await execa(command, args, { cwd: clone.folder, all: true, reject: false })
      return { exitCode, all }
    }
    const exercise = (...args: string[]) => run('npm', 'run', '--silent', 'exercise', '--', '4', ...args)
    expect(await exercise('--reset')).toEqual({
      exitCode: 1,
      all: 'error: exercise 4 has not begun: npm run exercise -- 4 begins it',
    })
    expect((await exercise()).exitCode).toBe(0)
    await clone.edit('overlays/canary/kustomization.yaml', 'newTag: 1.0.0', 'newTag: 2.1.0')
    expect(await exercise('--reset')).toEqual({
      exitCode: 1,
      all: 'error: commit or undo your changes first: M overlays/canary/kustomization.yaml',
    })
    await run('git', 'commit', '--all', '--message=Another version')
    await clone.edit('README.md', '# Cloud Native Canary', '# Our canary')
    expect(await exercise('--reset')).toEqual({
      exitCode: 0,
      all: 'Committed the files of exercise 4 as they were when it began; now run: git push cluster HEAD:main',
    })
    expect((await run('git', 'show', '--format=', '--name-only')).all).toBe('overlays/canary/kustomization.yaml')
    expect((await run('git', 'diff', '--name-only', clone.original)).all).toBe('README.md')
  }))

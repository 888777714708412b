/**
 * `npm run test:argo-ui`: checks the types of our replacements in the npm packages, then runs upstream's own tests of Argo
 * CD's web pages with the packages that built images use. Needs no cluster; takes about two minutes.
 */
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { fail, UserError } from '../cli/errors.ts'
import { filesOf } from '../cli/files.ts'
import { modules } from '../cli/images/programs.ts'
import { argoCdUi, prepareSources } from '../cli/images/web-ui.ts'
import { temporaryFolder } from './support/folder.ts'

const packages = join(argoCdUi.recipe, 'packages')

/** Checks only our files: argo-ui's own need older types, and the build only transpiles them. */
async function checkTypes(folder: string): Promise<void> {
  const ours = filesOf(packages)
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => file.replace(packages, 'node_modules'))
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--jsx', 'react', '--target', 'es2022']
  const modules = ['--module', 'esnext', '--moduleResolution', 'bundler', '--allowSyntheticDefaultImports']
  const { stdout } = await execa('node_modules/.bin/tsc', [...options, ...modules, ...ours], {
    cwd: folder,
    reject: false,
  })
  const mistakes = stdout.split('\n').filter((line) => ours.some((file) => line.startsWith(file)))
  if (mistakes.length > 0) throw new UserError(mistakes.join('\n'))
}

async function runTests(): Promise<void> {
  const folder = temporaryFolder()
  console.log('▸ npm packages')
  await prepareSources(argoCdUi, (await modules()).argoCd, folder, true)
  // In upstream's repository it is a symbolic link, which a Go module cannot contain.
  await copyFile(join(folder, 'src/app/tsconfig.json'), join(folder, 'tsconfig.json'))
  console.log('▸ types')
  await checkTypes(folder)
  const options = ['--coverage=false', '--reporters=default', '--silent']
  const { exitCode } = await execa('node_modules/.bin/jest', options, { cwd: folder, stdio: 'inherit', reject: false })
  if (exitCode !== 0) throw new UserError("some of upstream's tests failed")
}

await runTests().catch(fail)

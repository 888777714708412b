/** The pages name only what exists: commands with their options, paths and links. e2e/1-docs.spec.ts runs their shell commands. */
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { program } from '../../cli/main.ts'
import packageJson from '../../package.json' with { type: 'json' }
import {
  additionsOf,
  anchorsOf,
  blocksOf,
  type Call,
  callsIn,
  codeOf,
  filesInGit,
  languagesOf,
  linksOf,
  type Page,
  pathsIn,
  readPages,
} from '../support/pages.ts'

const pages = await readPages()
const files = await filesInGit()
const folders = new Set(
  files.flatMap((file) => file.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'))),
)
const known = [...files, ...folders]

/** Folders that a build or a running system creates. */
const generated = /^\.cluster\/|(^|\/)dist\/?$/

/** Whether a file or a folder exists: from the root, from the page's folder or, if it is only a name, anywhere. `*` is any text. */
function exists(path: string, page: Page): boolean {
  const { file } = page
  if (additionsOf(page).some((addition) => addition.file === path)) return true
  const name = path.replace(/\/$/, '')
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`)
  const places = name.includes('/') ? known : known.map((one) => one.slice(one.lastIndexOf('/') + 1))
  const inFolder = join(dirname(file), name)
  return generated.test(path) || known.includes(inFolder) || places.some((one) => pattern.test(one))
}

/** What is wrong with a call of a script; undefined when nothing is. */
function mistakeIn({ script, args }: Call): string | undefined {
  if (!(script in packageJson.scripts)) return `package.json has no script ${script}`
  const command = program.commands.find((one) => one.name() === script)
  if (!command || args.includes('--help')) return undefined
  command.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    const { operands, unknown } = command.parseOptions(args)
    const most = command.registeredArguments.some(({ variadic }) => variadic)
      ? Number.POSITIVE_INFINITY
      : command.registeredArguments.length
    const excess = [...operands.slice(most), ...unknown]
    return excess.length > 0 ? `npm run ${script} does not know ${excess.join(' ')}` : undefined
  } catch (error) {
    return `npm run ${script}: ${(error as Error).message}`
  }
}

const usageMistakes = (page: Page) =>
  codeOf(page)
    .flatMap(callsIn)
    .flatMap((call) => mistakeIn(call) ?? [])

const missingPaths = (page: Page) =>
  codeOf(page)
    .flat()
    .flatMap(pathsIn)
    .filter((path) => !exists(path, page))

const brokenLinks = (page: Page) =>
  linksOf(page).filter((link) => {
    const [path, anchor] = link.split('#')
    const target = path ? join(dirname(page.file), path) : page.file
    if (!anchor) return !known.includes(target.replace(/\/$/, ''))
    const other = target === page.file ? page : pages.find(({ file }) => file === target)
    return !other || !anchorsOf(other).includes(anchor)
  })

test.each(pages)('$file names scripts, arguments and options that exist', (page) => {
  expect(usageMistakes(page)).toEqual([])
})

test.each(pages)('$file names paths that exist', (page) => {
  expect(missingPaths(page)).toEqual([])
})

test.each(pages)('$file has links that lead somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([])
})

test('these tests find mistakes', () => {
  const text = `## Some heading, here
[one](missing.md), [two](#some-heading-here), [three](README.md#nowhere) ![four](docs/none.png)
| \`npm run lode\` | with \`--rate 0\` |
| \`npm run load\` | with \`-- --rate 100\`, \`--speed 100\`, and \`docker info\`, \`--format\` |
\`test:nothing\`, \`overlays/none\`, \`npx vitest tests/none.test.ts\`, \`none.yaml\`, \`base/\`, \`*.test.ts\`, \`/openapi\`
\`\`\`sh
npm run release -- web-api 2.1.0 --fail 101 # a comment
npm run freeze -- demo at three
npm stop -- now
\`\`\`
`
  const page = { file: 'page.md', text }
  expect(usageMistakes(page)).toEqual([
    'package.json has no script lode',
    'npm run load does not know --speed 100',
    'package.json has no script test:nothing',
    expect.stringContaining('npm run release: '),
    'npm run stop does not know now',
  ])
  expect(missingPaths(page)).toEqual(['overlays/none', 'tests/none.test.ts', 'none.yaml'])
  expect(brokenLinks(page)).toEqual(['missing.md', 'README.md#nowhere', 'docs/none.png'])
})

test('every block of commands is marked as sh, so that it is run', () => {
  const languages = new Set(pages.flatMap(languagesOf))
  expect(
    [...languages].filter((language) => !['sh', 'text', 'mermaid', 'yaml', 'ts', 'json'].includes(language)),
  ).toEqual([])
})

test('two blocks of commands are not run, and the pages say why', () => {
  const marked = pages.flatMap((page) => blocksOf(page).filter(({ notRun }) => notRun))
  for (const { commands, notRun } of marked) console.log(`not run: ${commands[0]}: ${notRun}`)
  expect(marked).toHaveLength(2)
})

test('the commands of package.json are on a page', () => {
  const named = new Set(
    pages
      .flatMap(codeOf)
      .flatMap(callsIn)
      .map(({ script }) => script),
  )
  const isHook = (script: string) => /^pre/.test(script)
  expect(Object.keys(packageJson.scripts).filter((script) => !isHook(script) && !named.has(script))).toEqual([])
})

/** The pages of this repository: their links, their blocks of shell commands and YAML, and the commands and paths that they name. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../cli/settings.ts'

export interface Page {
  /** Its path in the repository. */
  file: string
  text: string
}

/** The files that git has or would add, without those that are deleted. */
export async function filesInGit(...patterns: string[]): Promise<string[]> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...patterns]
  const { stdout } = await execa('git', args, { cwd: root })
  return stdout.split('\n').filter((file) => existsSync(join(root, file)))
}

export async function readPages(): Promise<Page[]> {
  const files = await filesInGit('*.md')
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })))
}

/** The part of a page below one of its headings. @throws when the page has no such heading */
export function sectionOf({ file, text }: Page, heading: string): Page {
  const [, section] = text.split(`\n## ${heading}\n`)
  if (section === undefined) throw new Error(`${file} has no heading ${heading}`)
  return { file, text: section.replace(/^## .*/ms, '') }
}

/** A block of shell commands. */
export interface Block {
  commands: string[]
  /** Lines of the text block that follows: the page says that the commands print them. */
  output: string[]
  /** Why no test runs it: the page has the comment `<!-- not run: reason -->` before the block. */
  notRun: string | undefined
}

const shellBlock =
  /(?:<!-- not run: (?<notRun>.+?) -->\n+)?^ *```sh\n(?<commands>.*?)^ *```$(?:\n+ *```text\n(?<output>.*?)^ *```$)?/gms

const linesOf = (text = '') =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

export function blocksOf({ text }: Page): Block[] {
  return [...text.matchAll(shellBlock)].map(({ groups }) => ({
    commands: linesOf(groups?.commands),
    output: linesOf(groups?.output),
    notRun: groups?.notRun,
  }))
}

/** YAML that a page adds to the repository. */
export interface Addition {
  file: string
  /** The line beside which it stands; undefined for a new file. */
  line: string | undefined
  isAfter: boolean
  text: string
}

const yamlBlock =
  /^(?:In )?`(?<file>[^`\n]+)`(?: (?<side>before|after) `(?<line>[^`\n]+)`)?:\n+```yaml\n(?<text>.*?)^```$/gms

/** The YAML blocks with their file before them. */
export function additionsOf({ text }: Page): Addition[] {
  return [...text.matchAll(yamlBlock)].map(({ groups }) => ({
    file: groups?.file ?? '',
    line: groups?.line,
    isAfter: groups?.side === 'after',
    text: groups?.text ?? '',
  }))
}

/** Adds the YAML of a page to a folder with the repository's files. @throws when a file lacks the line */
export async function addTo(folder: string, page: Page): Promise<void> {
  for (const { file, line, isAfter, text } of additionsOf(page)) {
    const path = join(folder, file)
    await mkdir(dirname(path), { recursive: true })
    if (line === undefined) {
      await writeFile(path, text, { flag: 'wx' })
      continue
    }
    const lines = (await readFile(path, 'utf8')).split('\n')
    const index = lines.findIndex((one) => one.trim() === line)
    if (index < 0) throw new Error(`${file} has no line ${line}`)
    await writeFile(path, lines.toSpliced(isAfter ? index + 1 : index, 0, text.trimEnd()).join('\n'))
  }
}

const fence = /^ *```.*?^ *```$/gms

/** Languages of the page's blocks. */
export const languagesOf = ({ text }: Page): string[] =>
  [...text.matchAll(fence)].map(([block]) => /```(.*)/.exec(block)?.[1] ?? '')

/**
 * The pieces of code that a page names, together with those that belong to them: the commands of a block, one by one, and the
 * code in a paragraph, an item of a list or a row of a table.
 */
export function codeOf(page: Page): string[][] {
  const prose = page.text.replaceAll(fence, '').split(/\n(?=\s*(?:- |\d+\. |\|))|\n\s*\n/)
  const inProse = prose.map((part) =>
    [...part.replaceAll(/\s+/g, ' ').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  )
  const inBlocks = blocksOf(page).flatMap(({ commands }) => commands.map((command) => [command.replace(/\s+#.*/, '')]))
  return [...inProse, ...inBlocks]
}

/** A script of package.json, with its arguments. */
export interface Call {
  script: string
  args: string[]
}

const call = /\bnpm (?:run (?:--silent )?(?<script>[a-z][\w:-]*)|(?<short>start|stop|test)\b)(?: -- (?<args>.*))?/

/** The scripts that these pieces of code call. Options that stand alone, as in "`--json`", belong to the call before them. */
export function callsIn(code: string[]): Call[] {
  const calls: Call[] = []
  for (const piece of code) {
    const { script, short, args } = call.exec(piece)?.groups ?? {}
    const name = script ?? short ?? /^test:[\w-]+$/.exec(piece)?.[0]
    if (name) calls.push({ script: name, args: args?.split(' ') ?? [] })
    else if (/^(-- )?--\w/.test(piece)) calls.at(-1)?.args.push(...piece.replace(/^-- /, '').split(' '))
    // An option after another program, as in "`docker info`, `--format`", is not npm's.
    else if (piece.includes(' ')) calls.push({ script: '', args: [] })
  }
  return calls.filter(({ script }) => script !== '')
}

const path = /^(?:[\w@*.-]+\/)*[\w@*.-]+\/?$/
const fileName = /\.(?:ts|json|ya?ml|md|png)$/

/** The paths in a piece of code: those with a slash where it is nothing but a path, otherwise files and folders by their ends. */
export function pathsIn(code: string): string[] {
  const words = code.split(' ')
  const isPath = (word: string) => fileName.test(word) || (words.length === 1 ? word.includes('/') : word.endsWith('/'))
  return words.filter((word) => path.test(word) && isPath(word))
}

/** The targets of the page's links and pictures to files of the repository, and to headings. */
export const linksOf = ({ text }: Page): string[] =>
  [...text.replaceAll(fence, '').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target)

/** The anchors that GitHub gives to the page's headings. */
export const anchorsOf = ({ text }: Page): string[] =>
  [...text.replaceAll(fence, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** Follows the pages of docs/exercises, and tries wrong solutions of each exercise, as a user does in a clone. */
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { exercises } from '../../cli/exercises/exercises.ts'
import { progressFile } from '../../cli/exercises/progress.ts'
import { root } from '../../cli/settings.ts'
import { toolEnvironment } from '../../cli/tools.ts'
import { until } from '../../cli/wait.ts'
import { runBlock } from './blocks.ts'
import { Clone } from './gitops.ts'
import { addTo, type Block, blocksOf, type Page } from './pages.ts'
import { finishRollout, rolloutIs } from './rollouts.ts'

/** The page of an exercise. */
export async function pageOf(number: number): Promise<Page> {
  const file = `docs/exercises/${exercises[number - 1]?.page}`
  return { file, text: await readFile(join(root, file), 'utf8') }
}

/** Gives `work` a clone in which no exercise has begun, and restores the cluster and the user's progress. */
export async function inClone(work: (clone: Clone) => Promise<void>): Promise<void> {
  const progress = existsSync(progressFile) ? await readFile(progressFile) : undefined
  const clone = await Clone.make()
  await clone.addUserSetup()
  await rolloutIs('Healthy')
  await rm(progressFile, { force: true })
  try {
    await work(clone)
  } finally {
    // A wrong solution of exercise 10 lets every caller in.
    await clone.restore('--push-option=allow=reject-caller')
    await finishRollout()
    await (progress ? writeFile(progressFile, progress) : rm(progressFile, { force: true }))
  }
}

/** Runs a command as in the user's shell. @returns what it prints */
async function shell({ folder }: Clone, command: string): Promise<string> {
  const options = { shell: true, cwd: folder, env: toolEnvironment(), stdin: 'ignore' } as const
  return (await execa(command, { ...options, all: true, reject: false })).all
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

/** Runs `npm run exercise` again and again, as the exercises say, until it prints all these lines. */
async function untilSaid(clone: Clone, number: number, lines: string[]): Promise<void> {
  let said = ''
  const isSaid = async () => {
    said = await shell(clone, `npm run --silent exercise -- ${number}`)
    return lines.every((line) => oneLine(said).includes(oneLine(line)))
  }
  await until(`exercise ${number} to say: ${lines.join(' ')}`, isSaid, {
    seconds: 180,
    why: () => said,
    intervalMs: 2000,
  })
}

async function runStep(clone: Clone, number: number, block: Block): Promise<void> {
  const isCheck = block.commands.at(-1) === `npm run exercise -- ${number}` && block.output.length > 0
  if (!isCheck) return runBlock(clone, block)
  await runBlock(clone, { ...block, commands: block.commands.slice(0, -1), output: [] })
  await untilSaid(clone, number, block.output)
}

/** Does everything that the page says, until the files are again as they were. */
export async function follow(clone: Clone, number: number): Promise<void> {
  const page = await pageOf(number)
  await addTo(clone.folder, page)
  for (const block of blocksOf(page)) await runStep(clone, number, block)
  const left = await shell(clone, `git diff --stat ${clone.original} HEAD`)
  if (left) throw new Error(`${page.file} leaves changes:\n${left}`)
}

export interface WrongSolution {
  name: string
  commands: string[]
  /** Words of the sentence that `npm run exercise` prints about it. */
  says: string
}

/** Tries a wrong solution, and waits for the sentence about it. */
export async function tryWrong(clone: Clone, number: number, { commands, says }: WrongSolution): Promise<void> {
  await shell(clone, `npm run --silent exercise -- ${number}`)
  for (const command of commands) await shell(clone, command)
  await untilSaid(clone, number, [says])
}

const overlay = (name: string) =>
  `perl -pi -e 's#overlays/[\\w-]+#overlays/${name}#' clusters/minikube/web-api/kustomization.yaml`
const version = (name: string) => `perl -pi -e 's/newTag: \\S+/newTag: ${name}/' overlays/canary/kustomization.yaml`
const commit = "git commit --all --message 'A wrong solution'"
const publish = [commit, 'git push cluster HEAD:main']
const solve = (number: number) => `npm run exercise -- ${number} --solve | git apply`
const phase = (name: string) => `kubectl wait rollout/web-api --for=jsonpath='{.status.phase}'=${name} --timeout=120s`
/** Releases version 2.0.0, or another one, and waits until it has its share. */
const release = (name = '2.0.0') => [version(name), ...publish, phase('Paused')]
const argoRollouts = (words: string) => `kubectl argo rollouts ${words} web-api`
const inV1 = (from: string, to: string) => `perl -pi -e 's/${from}/${to}/' overlays/v1/kustomization.yaml`
const inPolicy = (from: string, to: string) => `perl -pi -e 's#${from}#${to}#' base/authors/authorization-policy.yaml`

/** Three for each exercise, by its number. */
export const wrongSolutions: Record<number, [WrongSolution, WrongSolution, WrongSolution]> = {
  1: [
    { name: 'another overlay', commands: [overlay('split'), ...publish], says: 'has split: change it to v1' },
    { name: 'no commit', commands: [overlay('v1')], says: 'is not committed: git commit' },
    { name: 'no push', commands: [overlay('v1'), commit], says: 'The remote does not have your commit that changes' },
  ],
  2: [
    { name: 'no patch', commands: [overlay('v1'), ...publish], says: 'names no subset: add the patch' },
    {
      name: 'the other subset',
      commands: [solve(2), inV1('value: v1 }', 'value: v2 }'), ...publish],
      says: 'names the subset v2: change it to v1',
    },
    {
      name: 'a subset that does not exist',
      commands: [solve(2), inV1('value: v1 }', 'value: v3 }'), ...publish],
      says: 'if the remote rejects it, its message says why',
    },
  ],
  3: [
    {
      name: 'the weights the other way round',
      commands: [
        solve(3),
        inV1('weight: 20', 'weight: 8'),
        inV1('weight: 80', 'weight: 20'),
        inV1('weight: 8$', 'weight: 80'),
        ...publish,
      ],
      says: 'exchange the two weights',
    },
    {
      name: 'weights whose sum is not 100',
      commands: [solve(3), inV1('weight: 20', 'weight: 10'), ...publish],
      says: 'so that version 2 gets 11 %: write 80 and 20',
    },
    {
      name: 'one destination',
      commands: [overlay('v1'), inV1('subset: v1', 'subset: v2'), ...publish],
      says: 'give it one destination for each of the subsets',
    },
  ],
  4: [
    {
      name: 'a version without an image',
      commands: [version('3.0.0'), ...publish],
      says: 'has 3.0.0: change it to 2.0.0',
    },
    {
      name: 'an overlay that promotes by itself',
      commands: [overlay('canary-auto'), version('2.0.0'), ...publish],
      says: 'has canary-auto: change it to canary',
    },
    {
      name: 'an abort',
      commands: [...release(), argoRollouts('abort')],
      says: 'The release of 2.0.0 is aborted. To try it again',
    },
  ],
  5: [
    {
      name: 'a promotion without an abort',
      commands: [...release(), argoRollouts('promote'), phase('Healthy')],
      says: 'Version 2.0.0 has all requests already',
    },
    {
      name: 'a rollback instead of a retry',
      commands: [...release(), argoRollouts('abort'), 'npm run rollback'],
      says: 'The remote has commits that your branch lacks: git pull cluster main',
    },
    {
      name: 'only an abort',
      commands: [...release(), argoRollouts('abort')],
      says: 'The release is aborted, and git still has 2.0.0',
    },
  ],
  6: [
    {
      name: 'a good version',
      commands: [...release(), 'npm run load -- --duration 70'],
      says: 'The analysis finds 2.0.0 good',
    },
    { name: 'no requests', commands: release('2.2.0'), says: 'The analysis has too few requests to judge 2.2.0 by' },
    {
      name: 'an abort by hand',
      commands: [...release('2.2.0'), argoRollouts('abort')],
      says: 'Somebody aborted 2.2.0 before the analysis did',
    },
  ],
  7: [
    { name: 'another overlay', commands: release(), says: 'has canary: change it to canary-by-user' },
    {
      name: 'an overlay that does not exist',
      commands: [overlay('canary-by-users'), version('2.0.0'), ...publish],
      says: 'has canary-by-users: change it to canary-by-user',
    },
    { name: 'no release', commands: [overlay('canary-by-user'), ...publish], says: 'has 1.0.0: change it to 2.0.0' },
  ],
  8: [
    { name: 'another overlay', commands: release(), says: 'has canary: change it to blue-green' },
    {
      name: 'a promotion before a look',
      commands: [solve(8), ...publish, phase('Paused'), argoRollouts('promote'), phase('Healthy')],
      says: 'Version 2.0.0 has all requests already',
    },
    {
      name: 'an abort',
      commands: [solve(8), ...publish, phase('Paused'), argoRollouts('abort')],
      says: 'The release of 2.0.0 is aborted. To try it again',
    },
  ],
  9: [
    {
      name: 'a fault that is too small',
      commands: ['npm run fault -- authors 25'],
      says: 'Only 25 % of the calls to authors failed',
    },
    {
      name: 'only one of the two services',
      commands: ['npm run fault -- authors 100', 'npm run fault -- clear'],
      says: 'No call to articles has failed yet: npm run fault -- articles 100',
    },
    {
      name: 'a fault that stays',
      commands: ['npm run fault -- authors 100', 'npm run fault -- clear', 'npm run fault -- articles 100'],
      says: 'Calls to articles still fail or wait: npm run fault -- clear',
    },
  ],
  10: [
    {
      name: 'the rule of another caller',
      commands: [inPolicy('\\[/metrics\\]', '[/metrics, /openapi]'), ...publish],
      says: 'allows cluster.local/ns/monitoring/sa/prometheus to read /openapi',
    },
    {
      name: 'a rule for every caller',
      commands: [inPolicy('^  rules:', '  rules:\\n    - to: [{ operation: { paths: [/openapi] } }]'), ...publish],
      says: 'A rule without from allows every caller',
    },
    {
      name: 'every path',
      commands: [inPolicy('\\[/api/v1/getauthor\\]', '["*"]'), ...publish],
      says: 'A rule allows more paths than its caller needs',
    },
  ],
  11: [
    {
      name: 'one of three services',
      commands: [solve(11), 'git checkout base/articles base/web-api', ...publish],
      says: 'Not every request is in the logs of articles, web-api',
    },
    {
      name: 'no promotion',
      commands: [solve(11), ...publish],
      says: 'wait as a canary: kubectl argo rollouts promote web-api',
    },
    {
      name: 'a request without traceparent',
      commands: [
        solve(11),
        ...publish,
        phase('Paused'),
        argoRollouts('promote'),
        phase('Healthy'),
        'curl --silent http://127.0.0.1:8080/web-api/v1/getmultiple',
      ],
      says: 'The logs have no trace: send a request with a header traceparent',
    },
  ],
}

/** Finds what Argo Rollouts would report as InvalidSpec: the findings of its lint, and names of objects that do not exist. */
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fields, finder, findings, itemsOf, judgeEach, list, objectsIn } from './names.ts'
import { type Mistake, mistakeIn } from './objects.ts'
import { namespaceOf, ofKind, type System } from './systems.ts'
import { program, type Tool, yamlOf } from './tool.ts'

/** Writes the text to a file, because lint does not read its standard input. */
async function runLint(text: string) {
  const file = join(tmpdir(), `rollout-${randomUUID()}.yaml`)
  try {
    await writeFile(file, text)
    const { exitCode, stdout, stderr } = await program('kubectl-argo-rollouts', ['lint', '--filename', file], {
      reject: false,
    })
    return { exitCode, stdout: String(stdout), stderr: String(stderr) }
  } finally {
    await rm(file, { force: true })
  }
}

function reasonIn(line: string): string {
  return line
    .replace(/^Error: (error unmarshaling JSON: while decoding JSON: )?/, '')
    .replace('Invalid value: ', '')
    .replace(/: \{"[^{}]*\}(?=: )/, '') // all labels of the pods, before the reason
    .replace(/"[^"]*": Istio VirtualService has invalid .*? Error: /, '')
}

/** Runs lint on each Rollout together with the objects that lint compares it with. */
export const lint: Tool = {
  inputs: (system) =>
    system.judged.flatMap((part) =>
      ofKind(part.objects, 'Rollout').map((rollout) => {
        const beside = itemsOf(system).filter(({ namespace }) => namespace === namespaceOf(rollout, part))
        const named = beside.filter(({ item }) => ['Service', 'VirtualService'].includes(item.object.kind))
        const items = [rollout, ...named.map(({ item }) => item)]
        return { text: yamlOf(items), items }
      }),
    ),
  judge: async ({ text, items: [rollout] }) => {
    const { exitCode, stdout, stderr } = await runLint(text)
    if (exitCode === 0 || !rollout) return []
    // Lint repeats the first finding in stderr, with the field's path.
    const [, ...others] = stdout.split('\n')
    return [stderr, ...others].map((line) => mistakeIn(rollout, reasonIn(line), `${stdout}\n${stderr}`))
  },
}

/** Objects that a Rollout refers to, as [kind, name]. */
function named({ spec }: Fields): [string, string][] {
  const { canary, blueGreen } = spec.strategy ?? {}
  const { virtualService, virtualServices, destinationRule } = canary?.trafficRouting?.istio ?? {}
  const services = [canary?.stableService, canary?.canaryService, blueGreen?.activeService, blueGreen?.previewService]
  const templates = objectsIn(spec.strategy).filter(({ clusterScope }) => !clusterScope)
  const names: [string, string | undefined][] = [
    ...services.map((name): [string, string] => ['Service', name]),
    ...[virtualService, ...list(virtualServices)].map((it): [string, string] => ['VirtualService', it?.name]),
    ['DestinationRule', destinationRule?.name],
    ...templates.map(({ templateName }): [string, string] => ['AnalysisTemplate', templateName]),
  ]
  return names.filter((pair): pair is [string, string] => pair[1] !== undefined)
}

/** Finds arguments of an AnalysisTemplate that get a value neither from the template nor from the analysis. */
function withoutValue(template: Fields | undefined, analysis: Fields): string[] {
  const given = new Set(list(analysis.args).map(({ name }) => name))
  const open = list(template?.spec?.args).filter(
    ({ name, value, valueFrom }) => value === undefined && !valueFrom && !given.has(name),
  )
  return open.map(({ name }) => `AnalysisTemplate/${template?.metadata.name} needs args.${name}, which has no value`)
}

function judgeRollout(rollout: Fields, find: (kind: string, name: string) => Fields | undefined): string[] {
  const missing = named(rollout).filter(([kind, name]) => !find(kind, name))
  const unset = objectsIn(rollout.spec.strategy).flatMap((analysis) =>
    list(analysis.templates).flatMap(({ templateName }) =>
      withoutValue(find('AnalysisTemplate', templateName), analysis),
    ),
  )
  return [...missing.map(([kind, name]) => `it names ${kind}/${name}, which does not exist`), ...unset]
}

function judgeTemplate({ spec }: Fields): string[] {
  const declared = new Set(list(spec.args).map(({ name }) => name))
  const used = [...JSON.stringify(spec.metrics).matchAll(/{{\s*args\.([\w-]+)\s*}}/g)].map(([, name]) => name)
  const open = [...new Set(used)].filter((name) => !declared.has(name))
  return open.map((name) => `args.${name} is used, and not declared in spec.args`)
}

/** Finds objects that Rollouts refer to but that do not exist, and arguments of AnalysisTemplates without a value. */
export function judgeRollouts(system: System): Mistake[] {
  const find = finder(system)
  return judgeEach(system, (object, namespace) => {
    if (object.kind === 'AnalysisTemplate') return findings(judgeTemplate(object))
    if (object.kind !== 'Rollout') return []
    return findings(judgeRollout(object, (kind, name) => find(kind, namespace, name)?.object))
  })
}

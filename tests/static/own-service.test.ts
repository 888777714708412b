/** Follows docs/your-own-service.md in a copy of the manifests, and judges the results as the hook judges a push. */
import { cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Verdict } from '../../cli/judge/judge.ts'
import type { KubernetesObject } from '../../cli/judge/objects.ts'
import { clusterFolder, namespace, root } from '../../cli/settings.ts'
import { JudgedTree } from '../support/judging.ts'
import { type Deployment, type DestinationRule, type Rollout, the, type VirtualService } from '../support/manifests.ts'
import { addTo, blocksOf, type Page, sectionOf } from '../support/pages.ts'

const file = 'docs/your-own-service.md'
const page: Page = { file, text: await readFile(join(root, file), 'utf8') }

let tree: JudgedTree

beforeAll(async () => {
  tree = await JudgedTree.make()
})

/** Makes the changes of these sections to the tree, without pushes. @returns the verdict about all of them */
async function follow(...headings: string[]): Promise<Verdict> {
  await tree.reset()
  for (const section of headings.map((heading) => sectionOf(page, heading))) {
    await addTo(tree.folder, section)
    const commands = blocksOf(section).flatMap((block) => block.commands)
    for (const command of commands) if (!command.startsWith('git push')) await tree.run(command)
  }
  return tree.judge(await tree.changes())
}

/** The objects that a folder renders to. */
const objectsOf = ({ rendered }: Verdict, folder: string): KubernetesObject[] =>
  (rendered.get(folder) ?? []).map(({ object }) => object)

interface Relabeling {
  source_labels?: string[]
  regex?: string
  target_label?: string
  replacement?: string
  action?: string
}

/** What Prometheus makes of a sample's labels; undefined when it drops the sample. */
function relabelled(labels: Record<string, string>, rules: Relabeling[]): Record<string, string> | undefined {
  const result = { ...labels }
  for (const { source_labels = [], regex = '(.*)', target_label = '', replacement = '$1', action } of rules) {
    const value = source_labels.map((name) => result[name] ?? '').join(';')
    const pattern = new RegExp(`^(?:${regex})$`)
    if (action === 'keep' && !pattern.test(value)) return undefined
    if (!action && pattern.test(value)) result[target_label] = value.replace(pattern, replacement)
  }
  return result
}

describe('the service', () => {
  let verdict: Verdict
  let counts: { created: number; lines: number }
  let own: KubernetesObject[]
  beforeAll(async () => {
    verdict = await follow('Add the service')
    counts = await tree.counts()
    own = objectsOf(verdict, `${clusterFolder}/reviews`)
  })

  test('is at most five new files and two changed lines, without a mistake or a hazard', () => {
    console.log(`${counts.created} new files, ${counts.lines} changed lines`)
    expect(counts.created).toBeLessThanOrEqual(5)
    expect(counts.lines).toBeLessThanOrEqual(2)
    expect(verdict).toMatchObject({ mistakes: [], hazards: [] })
    expect(verdict.changes.find((line) => line.startsWith('reviews creates'))).toBeDefined()
  })

  test.each(['minikube', 'production'])('gets the same canary as web-api in %s', (cluster) => {
    const [objects, others] = ['reviews', 'web-api'].map((part) => objectsOf(verdict, `clusters/${cluster}/${part}`))
    const [strategy, other] = [objects, others].map((list = []) => {
      const { metadata, spec } = the<Rollout>(list, 'Rollout')
      return JSON.parse(JSON.stringify(spec.strategy).replaceAll(metadata.name, 'NAME'))
    })
    // Only web-api has several routes, and in production stricter limits.
    delete other.canary.trafficRouting.istio.virtualService.routes
    other.canary.analysis.args = strategy.canary.analysis.args
    expect(strategy).toEqual(other)
    const [template, another] = [objects, others].map((list = []) => JSON.stringify(the(list, 'AnalysisTemplate').spec))
    expect(template).toBe(another?.replaceAll('web-api', 'reviews'))
  })

  test('has the labels of the others, and as its version the tag of its image', () => {
    const authors = the<Deployment>(objectsOf(verdict, `${clusterFolder}/authors`), 'Deployment')
    const labels = JSON.parse(JSON.stringify(authors.spec.template.metadata.labels).replaceAll('authors', 'reviews'))
    const { metadata, spec } = the<Rollout>(own, 'Rollout').spec.template
    const version = spec.containers[0]?.image.split(':')[1]
    expect(metadata.labels).toEqual({ ...labels, version, handover: 'true' })
  })

  test("is measured by Prometheus, with the labels that the analysis' queries name", async () => {
    const { host, subsets } = the<DestinationRule>(own, 'DestinationRule').spec
    const analysis = the(own, 'AnalysisTemplate').spec as {
      args: { name: string; value: string }[]
      metrics: { provider: { prometheus: { query: string } } }[]
    }
    const service = analysis.args.find(({ name }) => name === 'service')?.value
    const queries = analysis.metrics.map(({ provider }) => provider.prometheus.query).join('\n')
    const { scrape_configs } = parse(await readFile(join(root, 'base/monitoring/prometheus.yml'), 'utf8')) as {
      scrape_configs: { job_name: string; metric_relabel_configs: Relabeling[] }[]
    }
    const rules = scrape_configs.find(({ job_name }) => job_name === 'envoy')?.metric_relabel_configs ?? []
    for (const { name: subset } of subsets) {
      // Istio's name for the subset in the Envoys of the service's callers.
      const cluster_name = `outbound|3000|${subset}|${host}.${namespace}.svc.cluster.local`
      for (const metric of ['envoy_cluster_upstream_rq', 'envoy_cluster_upstream_rq_time_bucket']) {
        const labels = relabelled({ __name__: metric, cluster_name }, rules)
        expect(labels).toMatchObject({ destination: service, subset })
        expect(queries).toContain(`${metric}{destination="{{args.service}}",subset="${subset}"`)
      }
    }
  })

  test('gets the requests for its path from the gateway', () => {
    const name = 'virtualservice-ingress-web-api-web-app'
    const { http } = the<VirtualService>(objectsOf(verdict, `${clusterFolder}/web-api`), 'VirtualService', name).spec
    const path = '/reviews/api/v1/getauthor'
    const first = http.find(({ match }) =>
      match.some(({ uri }) => uri.exact === path || (uri.prefix !== undefined && path.startsWith(uri.prefix))),
    )
    expect(first?.delegate).toEqual({ name: 'reviews' })
  })
})

test('a service behind others gets its canary by two lines', async () => {
  const verdict = await follow('A service behind others')
  expect(await tree.counts()).toEqual({ created: 0, lines: 2 })
  expect(verdict).toMatchObject({ mistakes: [], hazards: [] })
  const own = objectsOf(verdict, `${clusterFolder}/authors`)
  expect(the<Rollout>(own, 'Rollout').metadata.name).toBe('authors')
  // Until the Rollout has pods, its subsets select those of the Deployment, by the first of the two lines.
  const { labels } = the<Deployment>(objectsOf(verdict, 'base/authors'), 'Deployment').spec.template.metadata
  const { subsets } = the<DestinationRule>(own, 'DestinationRule', 'authors-canary').spec
  for (const subset of subsets) expect(labels).toMatchObject(subset.labels)
})

test('removing the service leaves nothing of it', async () => {
  await follow('Add the service', 'Remove it again')
  expect(await tree.changes()).toEqual([])
})

test("the service stays when the article's services go", async () => {
  const { mistakes, rendered } = await follow('Add the service', "Remove the article's services")
  expect(mistakes).toEqual([])
  const parts = [...rendered.keys()].filter((folder) => folder.startsWith(`${clusterFolder}/`))
  expect(parts).toContain(`${clusterFolder}/reviews`)
  expect(parts.filter((part) => /\/(web-api|web-app|articles|authors)$/.test(part))).toEqual([])
})

test('with a new name no object is in the old namespace, and no policy names it', async () => {
  await tree.reset()
  await mkdir(join(tree.folder, 'cli'))
  await cp(join(root, 'cli/settings.ts'), join(tree.folder, 'cli/settings.ts'))
  const { commands } = blocksOf(sectionOf(page, 'Make the repository yours'))[0] ?? { commands: [] }
  for (const command of commands) await tree.run(command)
  const { mistakes, rendered } = await tree.judge(await tree.changes())
  // npm start creates the Secrets, in the namespace that cli/settings.ts names.
  expect(mistakes.filter(({ secret }) => !secret)).toEqual([])
  const objects = [...rendered.values()].flat().map(({ object }) => object)
  const texts = objects.map(({ metadata, spec, kind }) =>
    JSON.stringify({ namespace: metadata.namespace, ...(/Policy$/.test(kind) && { spec }) }),
  )
  expect(texts.filter((text) => text.includes('shop')).length).toBeGreaterThan(20)
  expect(texts.filter((text) => text.includes(namespace))).toEqual([])
  expect(await readFile(join(tree.folder, 'cli/settings.ts'), 'utf8')).toContain("namespace = 'shop'")
})

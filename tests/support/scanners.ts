/** Scanners of manifests, Containerfiles and workflows; the first use installs them. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { KubernetesObject } from '../../cli/judge/objects.ts'
import { temporaryFolder } from './folder.ts'
import { goTool } from './go-tool.ts'
import { pythonTool } from './python-tool.ts'

const requirements = join(import.meta.dirname, '../tools/requirements.txt')

/** Path of a scanner from PyPI. */
export const scanner = (name: string) => pythonTool(name, requirements)

export interface Finding {
  /** The ID of the check. */
  check: string
  /** Kind, namespace and name of the object, as the scanner writes them. */
  object: string
  text: string
}

/** The number of objects that a scanner examined, and its findings. */
export interface Findings {
  examined: number
  findings: Finding[]
}

export interface Exception {
  /** The IDs of one check in the scanners that have it. */
  checks: string[]
  /** The objects; without it all. */
  object?: RegExp
  why: string
}

/** The findings that are no mistakes. They stand here and not in the manifests, because the cluster does not need them. */
export const exceptions: Exception[] = [
  {
    checks: ['container-image-pull-policy', 'CKV_K8S_15'],
    why: 'npm start loads the images, whose tags do not change',
  },
  {
    checks: ['CKV_K8S_43'],
    why: 'images that are built on this machine have no digest; a test checks those of production',
  },
  { checks: ['deployment-replicas'], why: 'on one machine most workloads have one pod; a test checks production' },
  { checks: ['deployment-has-host-podantiaffinity'], why: 'topologySpreadConstraints spread the pods' },
  {
    checks: ['networkpolicy-targets-pod'],
    object: /\/(argocd|argo-rollouts|default|istio-system|kube-system)\/[^/]+$/,
    why: 'npm start installs the pods of these namespaces',
  },
  { checks: ['service-targets-pod'], object: /\/istio-ingressgateway-metrics$/, why: 'npm start installs the gateway' },
  {
    checks: ['container-security-context-user-group-id', 'CKV_K8S_40'],
    object: /\b(articles-db|repository)$/,
    why: "999 is the user of the images of PostgreSQL and Argo CD, and owns PostgreSQL's files",
  },
  {
    checks: ['pod-probes-identical'],
    object: /\/(articles-db|repository)$/,
    why: 'a command as a probe would keep an idle node busy',
  },
  { checks: ['CKV_K8S_38'], object: /\bkiali$/, why: 'Kiali reads from the API server' },
]

/** The exceptions that accept a finding; none for a mistake. */
export function exceptionsFor({ check, object }: Finding): Exception[] {
  return exceptions.filter(({ checks, object: pattern = /./ }) => checks.includes(check) && pattern.test(object))
}

/** Turns a Rollout, also as a HorizontalPodAutoscaler's target, into a Deployment, because the scanners do not know Rollouts. */
function asDeployment(object: KubernetesObject): KubernetesObject {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' }
  if (object.kind === 'Rollout') return { ...object, ...deployment }
  const { scaleTargetRef, ...spec } = (object.spec ?? {}) as { scaleTargetRef?: { kind: string } }
  if (scaleTargetRef?.kind !== 'Rollout') return object
  return { ...object, spec: { ...spec, scaleTargetRef: { ...scaleTargetRef, ...deployment } } }
}

/** Writes these objects to a file. @returns its path */
async function fileOf(objects: KubernetesObject[]): Promise<string> {
  const file = join(temporaryFolder(), 'manifests.yaml')
  await writeFile(file, objects.map((object) => JSON.stringify(asDeployment(object))).join('\n---\n'))
  return file
}

interface Score {
  object_name: string
  checks: {
    check: { id: string; name: string }
    grade: number
    skipped: boolean
    comments: { summary: string }[] | null
  }[]
}

/** kube-score's grades: 1 critical, 5 warning, 10 good. */
const good = 7

export async function kubeScore(objects: KubernetesObject[]): Promise<Findings> {
  const args = ['score', '--output-format=json', await fileOf(objects)]
  // kube-score exits with an error when it has findings; without a report JSON.parse throws.
  const { stdout } = await goTool('kube-score', args, { reject: false })
  const scores = JSON.parse(String(stdout)) as Score[]
  const findings = scores.flatMap(({ object_name: object, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < good)
      .map(({ check: { id, name }, comments }) => {
        const text = `${object}: ${id}: ${name}: ${comments?.[0]?.summary ?? ''}`
        return { check: id, object, text }
      }),
  )
  return { examined: scores.length, findings }
}

interface CheckovReport {
  results: { failed_checks: { check_id: string; check_name: string; resource: string }[] }
  summary: { resource_count: number }
}

export async function checkov(objects: KubernetesObject[]): Promise<Findings> {
  const options = ['--framework=kubernetes', '--skip-download', '--quiet', '--compact', '--output=json']
  const args = [...options, `--file=${await fileOf(objects)}`]
  const { stdout } = await execa(await scanner('checkov'), args, { reject: false })
  const { results, summary } = JSON.parse(stdout) as CheckovReport
  const findings = results.failed_checks.map(({ check_id, check_name, resource }) => {
    return { check: check_id, object: resource, text: `${resource}: ${check_id}: ${check_name}` }
  })
  return { examined: summary.resource_count, findings }
}

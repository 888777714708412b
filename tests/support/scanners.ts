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

/** The number of objects that a scanner examined, and its findings, "object: reason". */
export interface Findings {
  examined: number
  failed: string[]
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
  checks: { check: { name: string }; grade: number; skipped: boolean; comments: { summary: string }[] | null }[]
}

/** kube-score's grades: 1 critical, 5 warning, 10 good. */
const good = 7

export async function kubeScore(objects: KubernetesObject[]): Promise<Findings> {
  const args = ['score', '--output-format=json', await fileOf(objects)]
  // kube-score exits with an error when it has findings; without a report JSON.parse throws.
  const { stdout } = await goTool('kube-score', args, { reject: false })
  const scores = JSON.parse(String(stdout)) as Score[]
  const failed = scores.flatMap(({ object_name, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < good)
      .map(({ check, comments }) => `${object_name}: ${check.name}: ${comments?.[0]?.summary ?? ''}`),
  )
  return { examined: scores.length, failed }
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
  const failed = results.failed_checks.map(
    ({ check_id, check_name, resource }) => `${resource}: ${check_id} ${check_name}`,
  )
  return { examined: summary.resource_count, failed }
}

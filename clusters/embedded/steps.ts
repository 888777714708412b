/** The embedded cluster, step by step, from a bare machine to an API server that answers on the host. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Step } from '../cluster.ts'
import { UserError } from '../errors.ts'
import { paths, state } from '../settings.ts'
import { applyKustomization, kubectl } from '../tools.ts'
import { until } from '../wait.ts'
import { buildBase, buildSystemImages, systemImagesLayout } from './images.ts'
import { clearUnfinishedKubernetes, initKubernetes, writeKubeconfig } from './kubernetes.ts'
import { startListeners } from './listeners.ts'
import { importImages, prepareNode, startNode, tail } from './node.ts'
import { goProblem, installPackages, missingPackages } from './preflight.ts'
import { buildPrograms, modules } from './programs.ts'

/** The tools that users call from the host. */
const userTools = ['argocd', 'istioctl', 'kubectl', 'kubectl-argo-rollouts', 'kustomize']

async function linkTools(bin: string): Promise<void> {
  await mkdir(paths.bin, { recursive: true })
  for (const tool of userTools) {
    await rm(join(paths.bin, tool), { force: true })
    await symlink(join(bin, tool), join(paths.bin, tool))
  }
}

/** Links the folders of the modules that kustomizations take official manifests from. */
async function linkUpstream(): Promise<void> {
  const { argoCd, argoRollouts, calico, istio } = await modules()
  await mkdir(paths.upstream, { recursive: true })
  for (const [name, { Dir }] of Object.entries({ 'argo-cd': argoCd, 'argo-rollouts': argoRollouts, calico, istio })) {
    await rm(join(paths.upstream, name), { force: true })
    await symlink(Dir, join(paths.upstream, name))
  }
}

async function installMissingPackages(report: (line: string) => void): Promise<void> {
  const missing = await missingPackages()
  if (missing.length === 0) return
  report(missing.join(' '))
  await installPackages(missing)
  const [problem] = await goProblem()
  if (problem) throw new UserError(problem)
}

async function loadSystemImages(): Promise<void> {
  const { dir, key } = await systemImagesLayout()
  const loaded = join(state, 'node/.images')
  if (existsSync(loaded) && (await readFile(loaded, 'utf8')) === key) return
  await importImages(dir)
  await writeFile(loaded, key)
}

async function apiServerAnswers(): Promise<void> {
  const ready = () => kubectl(['get', '--raw=/readyz']).then(Boolean, () => false)
  const log = join(state, 'node/var/log/kubelet.log')
  await until('the API server to answer', ready, { seconds: 120, why: () => tail(log) })
}

/** NetworkPolicies and the pods' network. */
async function installCalico(): Promise<void> {
  const installed = await kubectl(['get', 'daemonset', 'calico-felix', '--namespace=kube-system', '--ignore-not-found'])
  const definitions = join(paths.upstream, 'calico/libcalico-go/config/crd')
  if (installed === '') await kubectl(['apply', '--server-side', '--force-conflicts', `--filename=${definitions}`])
  // Each time: a cluster that is older than the clone gets what has changed since.
  await applyKustomization(join(import.meta.dirname, 'calico'))
}

/** Steps in their order; each does nothing when its work is done already. */
export const embeddedSteps: Step[] = [
  { title: 'Debian packages', run: installMissingPackages },
  {
    title: 'Programs (the first time: about 20 minutes)',
    run: async (report) => linkTools(await buildPrograms(report)),
  },
  {
    title: 'Images of the system',
    run: async (report) => {
      report('Debian root file system')
      await buildSystemImages(await buildPrograms(report), await buildBase(), report)
    },
  },
  {
    title: 'Node',
    run: async (report) => {
      await clearUnfinishedKubernetes()
      report('root file system')
      await mkdir(paths.git, { recursive: true })
      await prepareNode(await buildBase())
      report('containerd')
      await startNode(await buildPrograms(report))
      report('loading images')
      await loadSystemImages()
    },
  },
  {
    title: 'Kubernetes',
    run: async (report) => {
      await initKubernetes(report)
      await writeKubeconfig()
      await startListeners()
      report('waiting for the API server')
      await apiServerAnswers()
      await linkUpstream()
      report('Calico')
      await installCalico()
    },
  },
]

/**
 * The remote `cluster`: a bare repository in the clone, which Argo CD reads. Its pre-receive hook (receive.ts) judges a push
 * before git accepts it; its post-receive hook makes Argo CD refresh.
 */
import { existsSync } from 'node:fs'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IApplication } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1'
import { execa } from 'execa'
import { UserError } from '../errors.ts'
import { freezeText, readFreeze } from '../freeze.ts'
import { folders, kubernetes } from '../kubernetes.ts'
import { paths, root, state } from '../settings.ts'

/** The URL by which Argo CD reads the remote; the pod of clusters/minikube/bootstrap/git serves it. */
export const remoteUrl = 'git://repository.git/cloud-native-canary.git'

/** The repository that Argo CD reads instead of this clone's remote; undefined when it reads the remote. */
export async function otherRepository(): Promise<string | undefined> {
  const applications = await kubernetes.list<IApplication>(`${folders.argoCd}/applications`)
  const url = applications.find(({ metadata }) => metadata.name === 'root')?.spec.source?.repoURL
  return url === remoteUrl ? undefined : url
}

const git = (args: string[], options = {}) => execa('git', args, { cwd: root, ...options })

/**
 * The hook runs as one file, which loads in a third of the time of its many modules. It bundles that file again when the code is
 * newer; the file is one level below the clone, as cli/ is, because cli/settings.ts finds the clone by its own place. The hook
 * writes a commit's files to memory where it can: on a disk that the node uses, too, they sometimes take half a second.
 */
function preReceive(): string {
  const esbuild = join(root, 'node_modules/esbuild/bin/esbuild')
  const options = '--bundle --platform=node --format=esm --log-level=error'
  return `#!/bin/sh
export NODE_COMPILE_CACHE="${join(paths.run, 'compile-cache')}"
[ -w /dev/shm ] && export TMPDIR=/dev/shm
bundle="${join(state, 'receive.mjs')}"
if [ -n "$(find "${join(root, 'cli')}" "${join(root, 'package-lock.json')}" -newer "$bundle" 2>&1)" ]; then
  "${process.execPath}" "${esbuild}" "${join(root, 'cli/git/receive.ts')}" ${options} --outfile="$bundle.$$" \\
    --banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' || exit 1
  mv "$bundle.$$" "$bundle"
fi
exec "${process.execPath}" "$bundle"
`
}

/**
 * The hook asks Argo CD to refresh all Applications. First it waits for refreshes that are still in progress: at the end of
 * a refresh Argo CD removes the annotation, and with it a request that arrived meanwhile. Then the hook terminates a sync of
 * an earlier commit that cannot complete by itself, because a pod does not start or a rollout waits for its promotion; it
 * would delay this sync. The hook lets any other sync complete: a sync that replaced it half-way would not wait for the pods
 * that it has just created. This happens in the background: the author need not wait for it.
 */
function postReceive(): string {
  const running = '{range .items[?(@.status.operationState.phase=="Running")]}'
  const words = '{.metadata.name}={.status.operationState.operation.sync.revision}={.status.health.status}{" "}{end}'
  const waiting = '{.items[*].status.containerStatuses[*].state.waiting.reason}'
  const refreshing = '{.items[*].metadata.annotations.argocd\\.argoproj\\.io/refresh}'
  return `#!/bin/sh
export KUBECONFIG="${paths.kubeconfig}" KUBECACHEDIR="${paths.kubectlCache}" PATH="${paths.bin}:$PATH"
while read -r old new ref; do [ "$ref" = refs/heads/main ] && break; done
[ "$ref" = refs/heads/main ] || exit 0
for attempt in $(seq 30); do
  [ -z "$(kubectl get applications --namespace=argocd --output=jsonpath='${refreshing}')" ] && break
  sleep 0.5
done
kubectl annotate applications --namespace=argocd --all --overwrite argocd.argoproj.io/refresh=normal >/dev/null
echo "Argo CD is syncing; watch it with: npm run status"
(
broken=$(kubectl get pods --output=jsonpath='${waiting}' | tr ' ' '\\n' | grep -Ev '^(ContainerCreating|PodInitializing)?$')
for sync in $(kubectl get applications --namespace=argocd --output=jsonpath='${running}${words}'); do
  case "$sync" in *"=$new="*) continue ;; esac
  if [ -n "$broken" ] || [ "\${sync##*=}" = Suspended ]; then
    kubectl patch application "\${sync%%=*}" --namespace=argocd --type=merge --patch='{"status":{"operationState":{"phase":"Terminating"}}}' >/dev/null
  fi
done
) >/dev/null 2>&1 &
`
}

async function writeHook(name: string, content: string): Promise<void> {
  const file = join(paths.git, 'hooks', name)
  await writeFile(file, content)
  await chmod(file, 0o755)
}

/**
 * Fetches the commits that a clone made with `--depth` lacks: Argo CD's git fetches nothing from a repository that lacks
 * commits.
 * @throws UserError when git cannot fetch them
 */
export async function completeHistory(clone = root): Promise<void> {
  const { stdout } = await git(['rev-parse', '--is-shallow-repository'], { cwd: clone })
  if (stdout !== 'true') return
  const { exitCode, stderr } = await git(['fetch', '--quiet', '--unshallow'], { cwd: clone, reject: false })
  if (exitCode === 0) return
  const why = String(stderr).trim().split('\n').at(-1)
  throw new UserError(
    `this clone was made with --depth; Argo CD needs the whole history: git fetch --unshallow (${why})`,
  )
}

/** Creates the bare repository with its hooks, and the remote `cluster` that refers to it. */
export async function prepareRemote(): Promise<void> {
  await mkdir(paths.git, { recursive: true })
  if (!existsSync(join(paths.git, 'HEAD')))
    await git(['init', '--quiet', '--bare', '--initial-branch=main', '--shared=0644', paths.git])
  // --shared lets the pod read the repository whatever the user's umask is, but it also forbids git push --force.
  await git(['config', '--file', join(paths.git, 'config'), 'receive.denyNonFastForwards', 'false'])
  await git(['config', '--file', join(paths.git, 'config'), 'receive.advertisePushOptions', 'true'])
  // A bare repository has no reflog by default: dashboard/history reads from it when somebody pushed what.
  await git(['config', '--file', join(paths.git, 'config'), 'core.logAllRefUpdates', 'true'])
  await writeHook('pre-receive', preReceive())
  await writeHook('post-receive', postReceive())
  const { exitCode } = await git(['remote', 'get-url', 'cluster'], { reject: false })
  await git(['remote', exitCode === 0 ? 'set-url' : 'add', 'cluster', paths.git])
}

/**
 * Pushes HEAD when the cluster's main is behind it; changes nothing when main has commits that HEAD does not have.
 * @returns the outcome, in words for the user
 * @throws UserError when the remote rejects the push
 */
export async function pushHead(): Promise<string> {
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD'], { reject: false })
  if (head.exitCode !== 0)
    throw new UserError('this clone has no commit yet: commit first, the cluster runs what is in git')
  const main = await git(['--git-dir', paths.git, 'rev-parse', '--verify', '--quiet', 'main'], { reject: false })
  if (main.stdout === head.stdout) return 'up to date'
  const frozen = await readFreeze()
  if (frozen) return `main of the cluster is left as it is: ${freezeText(frozen)}`
  if (main.exitCode === 0) {
    await git(['fetch', '--quiet', 'cluster'])
    const { exitCode } = await git(['merge-base', '--is-ancestor', 'cluster/main', 'HEAD'], { reject: false })
    if (exitCode !== 0) return 'main of the cluster has commits that HEAD has not: left as it is (git log cluster/main)'
  }
  const push = await git(['push', '--quiet', 'cluster', 'HEAD:refs/heads/main'], { reject: false, all: true })
  if (push.exitCode !== 0) throw new UserError(`the remote rejected HEAD:\n${push.all}`)
  return `pushed ${head.stdout.slice(0, 7)}`
}

/**
 * Pushes that the cluster or one of its controllers would reject: each is a change to a correct tree, with the words that its
 * author must read. They come from the sources and manuals of kustomize, Argo CD, Argo Rollouts and Istio, and from users' reports.
 */
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

/** What finds the mistake: a program or, where no program does, a file of cli/judge/. An option lets through what hazards finds. */
export type Judge = 'git' | 'kustomize' | 'argo-cd' | 'argo-rollouts' | 'istio' | 'pods' | 'hazards' | 'api-server'

export interface BrokenPush {
  name: string
  by: Judge
  /** Changes the files of a checked-out tree. */
  change: (tree: string) => Promise<unknown>
  /** The refspec to push instead of HEAD:main. */
  refspec?: string
  /** Words of the message, all in one line. */
  says: string[]
  /** Whether only a running cluster finds it. */
  needsCluster?: true
}

type Change = BrokenPush['change']

/** Replaces text in a file. Throws when the file does not have the text. */
const edit =
  (file: string, from: string | RegExp, to: string): Change =>
  async (tree) => {
    const before = await readFile(join(tree, file), 'utf8')
    const after = before.replace(from, to)
    if (after === before) throw new Error(`${file} has no ${from}`)
    await writeFile(join(tree, file), after)
  }

const write =
  (file: string, content: string | object): Change =>
  async (tree) => {
    await mkdir(dirname(join(tree, file)), { recursive: true })
    await writeFile(join(tree, file), typeof content === 'string' ? content : JSON.stringify(content))
  }

const link =
  (file: string, target: string): Change =>
  (tree) =>
    symlink(target, join(tree, file))

const move =
  (from: string, to: string): Change =>
  (tree) =>
    rename(join(tree, from), join(tree, to))

const remove =
  (folder: string): Change =>
  (tree) =>
    rm(join(tree, folder), { recursive: true })

const all =
  (...changes: Change[]): Change =>
  async (tree) => {
    for (const change of changes) await change(tree)
  }

const nothing: Change = async () => {}

/** Adds an entry to git's index that is a commit of another repository. */
const submodule =
  (path: string): Change =>
  async (tree) => {
    await mkdir(join(tree, path))
    await execa('git', ['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},${path}`], { cwd: tree })
  }

/** Writes a file beside a kustomization, and adds it to its resources. */
const resource = (folder: string, file: string, object: object) =>
  all(
    write(`${folder}/${file}`, object),
    edit(`${folder}/kustomization.yaml`, /^resources:$/m, `resources:\n  - ${file}`),
  )

const canary = 'components/canary/rollout.yaml'
const pods = 'base/web-api/workload/deployment.yaml'
const gateway = 'base/web-api/virtual-service.yaml'
const revision = (to: string): Change =>
  edit('apps/shared/application.yaml', /targetRevision: \S+/, `targetRevision: ${to}`)
const object = (apiVersion: string, kind: string, rest: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'extra' },
  ...rest,
})

export const brokenPushes: BrokenPush[] = [
  // Refs that the remote rejects.
  {
    name: 'a tag that is called main',
    by: 'git',
    change: nothing,
    refspec: 'HEAD:refs/tags/main',
    says: ['refs/tags/main', 'main', 'another name'],
  },
  {
    name: 'a branch that is called refs/heads/main',
    by: 'git',
    change: nothing,
    refspec: 'HEAD:refs/heads/refs/heads/main',
    says: ['refs/heads/refs/heads/main', 'another name'],
  },
  {
    name: 'the deletion of main',
    by: 'git',
    change: nothing,
    refspec: ':refs/heads/main',
    says: ['main', 'cannot be deleted'],
  },
  // Files for which Argo CD's repository server rejects every Application.
  {
    name: 'a symbolic link out of the tree',
    by: 'git',
    change: link('base/outside', '../../elsewhere'),
    says: ['base/outside', 'symbolic link', '../../elsewhere', 'leaves the repository'],
  },
  {
    name: 'a symbolic link to an absolute path',
    by: 'git',
    change: link('base/passwd', '/etc/passwd'),
    says: ['base/passwd', 'symbolic link', '/etc/passwd', 'leaves the repository'],
  },
  {
    name: 'a submodule',
    by: 'git',
    change: submodule('base/library'),
    says: ['base/library', 'submodule'],
  },
  // Trees that kustomize does not build.
  {
    name: 'a wrong name of an image',
    by: 'kustomize',
    change: edit('overlays/canary/kustomization.yaml', 'name: localhost/web-api\n', 'name: localhost/webapi\n'),
    says: ['overlays/canary/kustomization.yaml', 'no container has the image localhost/webapi'],
  },
  {
    name: 'a missing file',
    by: 'kustomize',
    change: edit('base/authors/kustomization.yaml', '- service.yaml', '- servise.yaml'),
    says: ['base/authors/kustomization.yaml', 'servise.yaml', 'no such file'],
  },
  {
    name: 'a missing overlay',
    by: 'kustomize',
    change: edit('clusters/minikube/web-api/kustomization.yaml', 'overlays/canary', 'overlays/cannary'),
    says: ['clusters/minikube/web-api/kustomization.yaml', 'overlays/cannary', 'no such file'],
  },
  {
    name: 'broken YAML',
    by: 'kustomize',
    change: edit('base/web-app/service.yaml', 'spec:', 'spec: ['),
    says: ['base/web-app/service.yaml', 'line 6', "did not find expected ',' or ']'"],
  },
  {
    name: 'a duplicate key',
    by: 'kustomize',
    change: edit('base/web-app/service.yaml', '  name: web-app', '  name: web-app\n  name: web-app'),
    says: ['base/web-app/service.yaml', 'line 5', '"name" already defined'],
  },
  {
    name: 'a file that is listed twice',
    by: 'kustomize',
    change: edit('components/canary/kustomization.yaml', '- services.yaml', '- services.yaml\n  - services.yaml'),
    says: ['components/canary/services.yaml', 'Service/service-stable', 'already'],
  },
  {
    name: 'two Applications with the same name',
    by: 'kustomize',
    change: edit('apps/web-app.yaml', '  name: web-app', '  name: web-api'),
    says: ['apps/web-app.yaml', 'Application/web-api', 'already'],
  },
  {
    name: 'an Application without a path',
    by: 'kustomize',
    change: edit('apps/web-app.yaml', /path: .*/, 'chart: podinfo'),
    says: ['apps/shared/kustomization.yaml', 'unable to find field "spec.source.path"'],
  },
  {
    name: 'a cluster without root',
    by: 'kustomize',
    change: edit('clusters/minikube/kustomization.yaml', '  - root.yaml\n', ''),
    says: ['apps/shared/kustomization.yaml', 'nothing selected by Application', 'root'],
  },
  {
    name: 'a resource from a server that does not exist',
    by: 'kustomize',
    change: edit('base/web-app/kustomization.yaml', '- service.yaml', '- https://manifests.invalid/service.yaml'),
    says: ['base/web-app/kustomization.yaml', 'https://manifests.invalid/service.yaml'],
  },
  {
    name: 'an unknown field in a kustomization',
    by: 'kustomize',
    change: edit('base/web-app/kustomization.yaml', /^resources:/m, 'resorces:'),
    says: ['base/web-app/kustomization.yaml', 'unknown field "resorces"'],
  },
  {
    name: 'a patch whose test fails',
    by: 'kustomize',
    change: edit(
      'overlays/canary/kustomization.yaml',
      'path: /spec/http/2/name, value: api',
      'path: /spec/http/2/name, value: apj',
    ),
    says: ['overlays/canary/kustomization.yaml', '/spec/http/2/name', 'test failed'],
  },
  {
    name: 'a patch of a missing field',
    by: 'kustomize',
    change: edit('overlays/split/kustomization.yaml', 'path: /spec/http/1/route', 'path: /spec/http/9/route'),
    says: ['overlays/split/kustomization.yaml', '/spec/http/9/route', 'missing'],
  },
  {
    name: 'a patch of a missing object',
    by: 'kustomize',
    change: all(
      write('base/authors/patch.yaml', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nobody' } }),
      edit('base/authors/kustomization.yaml', /^resources:/m, 'patches:\n  - path: patch.yaml\nresources:'),
    ),
    says: ['base/authors/kustomization.yaml', 'Service/nobody', 'no resource matches'],
  },
  {
    name: 'overlays that include each other',
    by: 'kustomize',
    change: edit('overlays/canary/kustomization.yaml', '- ../../base/web-api', '- ../canary-auto'),
    says: ['overlays/canary/kustomization.yaml', 'cycle detected'],
  },
  {
    name: 'two kustomization files in a folder',
    by: 'kustomize',
    change: write('base/authors/Kustomization', { resources: ['service.yaml'] }),
    says: ['base/authors', 'multiple kustomization files'],
  },
  {
    name: 'a mistake in a kustomization.yml',
    by: 'kustomize',
    change: all(
      move('base/authors/kustomization.yaml', 'base/authors/kustomization.yml'),
      edit('base/authors/kustomization.yml', '- service.yaml', '- servise.yaml'),
    ),
    says: ['base/authors/kustomization.yml', 'servise.yaml', 'no such file'],
  },
  {
    name: 'a mistake in a Kustomization',
    by: 'kustomize',
    change: all(
      move('base/authors/kustomization.yaml', 'base/authors/Kustomization'),
      edit('base/authors/Kustomization', '- service.yaml', '- servise.yaml'),
    ),
    says: ['base/authors/Kustomization', 'servise.yaml', 'no such file'],
  },
  {
    name: 'a mistake in a file that git leaves out of archives',
    by: 'kustomize',
    change: all(
      resource('base/web-app', 'extra.yaml', object('v1', 'Service', { spec: {} })),
      write('base/web-app/extra.yaml', 'kind: ['),
      write('.gitattributes', 'base/web-app/extra.yaml export-ignore\n'),
    ),
    says: ['base/web-app/extra.yaml', 'did not find expected'],
  },
  {
    name: 'a mistake in a new top-level folder of an Application',
    by: 'kustomize',
    change: all(
      write('extras/minikube/web-app/kustomization.yaml', {
        resources: ['../../../base/web-app', 'not-there.yaml'],
      }),
      edit('apps/web-app.yaml', 'path: clusters/', 'path: extras/'),
    ),
    says: ['extras/minikube/web-app/kustomization.yaml', 'not-there.yaml', 'no such file'],
  },
  // Applications and objects that Argo CD does not sync.
  {
    name: 'the folder of the cluster is deleted',
    by: 'git',
    change: remove('clusters/minikube'),
    says: ['clusters/minikube/kustomization.yaml', 'Argo CD finds there everything that runs'],
  },
  {
    name: 'a missing folder of an Application',
    by: 'argo-cd',
    change: edit('apps/web-app.yaml', '/web-app', '/web-apq'),
    says: ['apps/web-app.yaml', 'Application/web-app', 'clusters/minikube/web-apq'],
  },
  {
    name: 'an Application with a chart',
    by: 'argo-cd',
    change: edit('apps/web-app.yaml', 'path:', 'chart: podinfo\n    path:'),
    says: ['apps/web-app.yaml', 'Application/web-app', 'chart'],
  },
  {
    name: 'an Application with several sources',
    by: 'argo-cd',
    change: edit('apps/web-app.yaml', 'spec:', 'spec:\n  sources: [{ repoURL: https://example.com, path: a }]'),
    says: ['apps/web-app.yaml', 'Application/web-app', 'sources'],
  },
  {
    name: 'a missing revision',
    by: 'argo-cd',
    change: revision('v9.9.9'),
    says: ['apps/web-app.yaml', 'Application/web-app', 'v9.9.9', 'targetRevision: refs/heads/main'],
  },
  {
    name: 'a revision that could be a tag',
    by: 'argo-cd',
    change: revision('main'),
    says: ['apps/web-app.yaml', 'Application/web-app', 'targetRevision: refs/heads/main'],
  },
  {
    name: 'a missing project',
    by: 'argo-cd',
    change: edit('apps/web-app.yaml', 'project: cloud-native-canary', 'project: cloud-native-kanary'),
    says: ['apps/web-app.yaml', 'Application/web-app', 'AppProject/cloud-native-kanary'],
  },
  {
    name: 'a repository that the project does not permit',
    by: 'argo-cd',
    change: edit(
      'clusters/minikube/kustomization.yaml',
      'patches:',
      'patches:\n  - target: { kind: AppProject }\n    patch: "- { op: replace, path: /spec/sourceRepos, value: [https://example.com] }"',
    ),
    says: [
      'apps/web-app.yaml',
      'Application/web-app',
      'AppProject/cloud-native-canary',
      'does not permit it: add to sourceRepos',
    ],
  },
  {
    name: 'another repository',
    by: 'argo-cd',
    change: edit('clusters/minikube/root.yaml', 'git://repository', 'git://other'),
    says: ['clusters/minikube/root.yaml', 'Application/root', 'only git://repository.git/cloud-native-canary.git'],
  },
  {
    name: 'a destination that the project does not permit',
    by: 'argo-cd',
    change: edit('apps/web-app.yaml', 'namespace: cloud-native-canary', 'namespace: web'),
    says: ['apps/web-app.yaml', 'Application/web-app', 'AppProject/cloud-native-canary', 'namespace web'],
  },
  {
    name: 'a kind that the project does not permit',
    by: 'argo-cd',
    change: resource('base/web-app', 'extra.yaml', object('v1', 'ConfigMap', { data: { a: 'b' } })),
    says: [
      'base/web-app/extra.yaml',
      'ConfigMap/extra',
      'AppProject/cloud-native-canary',
      'namespaceResourceWhitelist',
    ],
  },
  {
    name: 'a cluster-scoped kind that the project does not permit',
    by: 'argo-cd',
    change: resource(
      'base/web-app',
      'extra.yaml',
      object('rbac.authorization.k8s.io/v1', 'ClusterRole', { rules: [] }),
    ),
    says: [
      'base/web-app/extra.yaml',
      'ClusterRole/extra',
      'AppProject/cloud-native-canary',
      'clusterResourceWhitelist',
    ],
  },
  {
    name: 'a namespace that the project does not permit',
    by: 'argo-cd',
    change: edit('base/web-app/kustomization.yaml', 'namespace: cloud-native-canary', 'namespace: kube-system'),
    says: ['base/web-app/', 'AppProject/cloud-native-canary', 'namespace kube-system'],
  },
  {
    name: 'an object that two Applications sync',
    by: 'argo-cd',
    change: resource('base/web-app', 'extra.yaml', {
      ...object('v1', 'ServiceAccount'),
      metadata: { name: 'authors', namespace: 'cloud-native-canary' },
    }),
    says: ['ServiceAccount/authors', 'authors', 'web-app', 'two Applications'],
  },
  {
    name: 'a pod',
    by: 'argo-cd',
    change: resource('base/web-app', 'extra.yaml', object('v1', 'Pod', { spec: { containers: [] } })),
    says: ['base/web-app/extra.yaml', 'Pod/extra', 'syncs none'],
  },
  // Rollouts that Argo Rollouts reports as InvalidSpec.
  {
    name: 'dynamicStableScale beside scaleDownDelaySeconds',
    by: 'argo-rollouts',
    change: edit(canary, 'maxSurge: 1', 'dynamicStableScale: true\n      maxSurge: 1'),
    says: [canary, 'Rollout/web-api', 'dynamicStableScale cannot be used with scaleDownDelaySeconds'],
  },
  {
    name: 'a pause in days',
    by: 'argo-rollouts',
    change: edit(canary, 'pause: {}', 'pause: { duration: 1d }'),
    says: [canary, 'Rollout/web-api', 'steps[2].pause.duration', 'Duration needs to be greater than 0'],
  },
  {
    name: 'maxSurge and maxUnavailable both zero',
    by: 'argo-rollouts',
    change: edit(canary, 'maxSurge: 1', 'maxSurge: 0'),
    says: [canary, 'Rollout/web-api', 'MaxSurge and MaxUnavailable both can not be zero'],
  },
  {
    name: 'a weight above 100',
    by: 'argo-rollouts',
    change: edit(canary, 'setWeight: 20', 'setWeight: 120'),
    says: [canary, 'Rollout/web-api', 'steps[1].setWeight', 'between 0 and 100'],
  },
  {
    name: 'the same Service for stable and canary',
    by: 'argo-rollouts',
    change: edit(canary, 'canaryService: service-canary', 'canaryService: service-stable'),
    says: [canary, 'Rollout/web-api', 'same service for the stable and canary'],
  },
  {
    name: 'a selector that does not match the pods',
    by: 'argo-rollouts',
    change: edit(canary, /selector:\n {4}matchLabels:/, 'selector:\n    matchLabels:\n      tier: api'),
    says: [canary, 'Rollout/web-api', '`selector` does not match template `labels`'],
  },
  {
    name: 'a mirror route that is not a managed route',
    by: 'argo-rollouts',
    change: edit(
      'overlays/canary-mirror/kustomization.yaml',
      'value: [{ name: mirror }]',
      'value: [{ name: mirrored }]',
    ),
    says: [canary, 'Rollout/web-api', 'managedRoutes'],
  },
  {
    name: 'a route that the VirtualService lacks',
    by: 'argo-rollouts',
    change: edit('overlays/canary/kustomization.yaml', 'value: [getmultiple, write]', 'value: [getmultiple, writes]'),
    says: [canary, 'Rollout/web-api', "HTTP Route 'writes' is not found"],
  },
  {
    name: 'a subset that the routes lack',
    by: 'argo-rollouts',
    change: edit(canary, 'canarySubsetName: canary', 'canarySubsetName: kanary'),
    says: [canary, 'Rollout/web-api', "subset 'kanary' not found"],
  },
  {
    name: 'an unknown field deep in a Rollout',
    by: 'api-server',
    change: edit(pods, 'readOnlyRootFilesystem: true', 'readOnlyRootFileSystem: true'),
    says: [canary, 'Rollout/web-api', 'readOnlyRootFileSystem'],
    needsCluster: true, // Argo Rollouts ignores the case of field names
  },
  {
    name: 'a value of the wrong type',
    by: 'argo-rollouts',
    change: edit(canary, 'setWeight: 20', 'setWeight: a fifth'),
    says: [canary, 'Rollout/web-api', 'setWeight'],
  },
  {
    name: 'a missing AnalysisTemplate',
    by: 'argo-rollouts',
    change: edit('overlays/canary-auto/kustomization.yaml', '- templateName: web-api', '- templateName: web-apj'),
    says: [canary, 'Rollout/web-api', 'AnalysisTemplate/web-apj'],
  },
  {
    name: 'a missing canary Service',
    by: 'argo-rollouts',
    change: edit(canary, 'canaryService: service-canary', 'canaryService: service-kanary'),
    says: [canary, 'Rollout/web-api', 'Service/web-api-kanary'],
  },
  {
    name: 'a missing VirtualService',
    by: 'argo-rollouts',
    change: edit('base/web-api/virtual-service-api.yaml', 'name: web-api', 'name: web-apj'),
    says: [canary, 'Rollout/web-api', 'VirtualService/web-api'],
  },
  {
    name: 'a missing DestinationRule',
    by: 'argo-rollouts',
    change: edit(
      canary,
      /destinationRule:\n {12}name: service-canary/,
      'destinationRule:\n            name: service-kanary',
    ),
    says: [canary, 'Rollout/web-api', 'DestinationRule/web-api-kanary'],
  },
  {
    name: 'an argument that the AnalysisTemplate does not declare',
    by: 'argo-rollouts',
    change: edit('components/canary/analysis-template.yaml', '- name: window', '- name: windows'),
    says: ['components/canary/analysis-template.yaml', 'AnalysisTemplate/web-api', 'args.window'],
  },
  // Routing for which Istio returns 503 or 404.
  {
    name: 'a missing host',
    by: 'istio',
    change: edit(gateway, /host: web-app$/m, 'host: web-apq'),
    says: [gateway, 'VirtualService/virtualservice-ingress-web-api-web-app', 'web-apq'],
  },
  {
    name: 'a port that the Service lacks',
    by: 'istio',
    change: edit(gateway, /host: web-app\n( +)port:\n( +)number: 80/, 'host: web-app\n$1port:\n$2number: 8080'),
    says: [gateway, 'VirtualService/virtualservice-ingress-web-api-web-app', 'web-app', 'port 8080'],
  },
  {
    name: 'a subset that no DestinationRule has',
    by: 'istio',
    change: edit('overlays/split/kustomization.yaml', 'subset: v2', 'subset: v3'),
    says: ['base/web-api/virtual-service-api.yaml', 'VirtualService/web-api', 'web-api+v3'],
  },
  {
    name: 'a missing gateway',
    by: 'istio',
    change: edit(gateway, '- default-gateway-ingress-http', '- default-gateway-ingress'),
    says: [gateway, 'VirtualService/virtualservice-ingress-web-api-web-app', 'default-gateway-ingress'],
  },
  {
    name: 'a missing delegate',
    by: 'istio',
    change: edit(gateway, /delegate:\n {8}name: web-api/, 'delegate:\n        name: web-apj'),
    says: [gateway, 'VirtualService/virtualservice-ingress-web-api-web-app', 'VirtualService/web-apj'],
  },
  {
    name: 'a weight below zero',
    by: 'istio',
    change: edit('overlays/split/kustomization.yaml', 'weight: 20', 'weight: -20'),
    says: ['base/web-api/virtual-service-api.yaml', 'VirtualService/web-api', 'weight'],
  },
  {
    name: 'a DestinationRule without a spec',
    by: 'istio',
    change: edit('base/articles/destination-rule.yaml', /spec:[\s\S]*/, ''),
    says: ['base/articles/destination-rule.yaml', 'DestinationRule/articles', 'its fields are not those'],
  },
  // Objects that keep pods from starting, or from getting requests.
  {
    name: 'a missing Secret',
    by: 'pods',
    change: edit(pods, 'secretName: web-api-jwt', 'secretName: web-api-jwk'),
    says: [pods, 'Deployment/web-api-v1', 'Secret/web-api-jwk'],
  },
  {
    name: 'a key that the Secret lacks',
    by: 'pods',
    change: edit(pods, '- key: public.pem', '- key: public.key'),
    says: [pods, 'Deployment/web-api-v1', 'Secret/web-api-jwt', 'public.key'],
  },
  {
    name: 'a missing ConfigMap',
    by: 'pods',
    change: edit(
      'base/authors/deployment.yaml',
      /^( +)ports:$/m,
      '$1envFrom: [{ configMapRef: { name: authors } }]\n$1ports:',
    ),
    says: ['base/authors/deployment.yaml', 'Deployment/authors', 'ConfigMap/authors'],
  },
  {
    name: 'a missing ServiceAccount',
    by: 'pods',
    change: edit('base/authors/deployment.yaml', 'serviceAccountName: authors', 'serviceAccountName: author'),
    says: ['base/authors/deployment.yaml', 'Deployment/authors', 'ServiceAccount/author'],
  },
  {
    name: 'a probe of a port that the container lacks',
    by: 'pods',
    change: edit('base/authors/deployment.yaml', 'port: http\n', 'port: web\n'),
    says: ['base/authors/deployment.yaml', 'Deployment/authors', 'port web'],
  },
  {
    name: 'a Service with a target port that its pods lack',
    by: 'pods',
    change: edit('base/authors/service.yaml', /( +)port: 3000/, '$1port: 3000\n$1targetPort: web'),
    says: ['base/authors/service.yaml', 'Service/authors', 'port web'],
  },
  {
    name: 'a Service whose selector matches no pods',
    by: 'pods',
    change: edit('base/authors/service.yaml', /(selector:\n +app:) authors/, '$1 author'),
    says: ['base/authors/service.yaml', 'Service/authors', 'its selector matches no pods; requests to it fail'],
  },
  {
    name: 'an autoscaler of a workload that does not exist',
    by: 'pods',
    change: edit(
      'clusters/production/web-api/kustomization.yaml',
      /(path: .spec.scaleTargetRef.kind, value:) Rollout/,
      '$1 Deployment',
    ),
    says: ['HorizontalPodAutoscaler/web-api', 'Deployment/web-api, which does not exist'],
  },
  // Policies that every tool accepts and that reject users' requests.
  {
    name: 'a policy of the mesh without the gateway',
    by: 'hazards',
    change: edit('base/web-api/authorization-policy.yaml', 'istio-ingressgateway-service-account', 'gateway'),
    says: ['AuthorizationPolicies of Rollout/web-api', 'istio-ingressgateway-service-account', 'its requests fail'],
  },
  {
    name: 'a policy that denies everything',
    by: 'hazards',
    change: edit('base/mesh/authorization-policy.yaml', 'spec: {}', 'spec: { action: DENY, rules: [{}] }'),
    says: ['AuthorizationPolicies of Deployment/authors', 'web-api', 'its requests fail'],
  },
  {
    name: 'a policy of the network without a caller',
    by: 'hazards',
    change: edit('base/authors/network-policy.yaml', /app: web-api/, 'app: web'),
    says: ['NetworkPolicies of Deployment/authors', 'web-api', 'its requests fail'],
  },
  // Objects that the API server rejects, with its schemas and admission webhooks.
  {
    name: 'an unknown field',
    by: 'api-server',
    change: edit(gateway, 'exact: /web-api/v1/manage', 'exactly: /web-api/v1/manage'),
    says: [gateway, 'VirtualService/virtualservice-ingress-web-api-web-app', 'exactly'],
    needsCluster: true,
  },
  {
    name: 'a wrong unit of memory',
    by: 'api-server',
    change: edit('base/articles/database/stateful-set.yaml', 'memory: 256Mi', 'memory: 256MiB'),
    says: ['base/articles/database/stateful-set.yaml', 'StatefulSet/articles-db', 'quantities must match'],
    needsCluster: true,
  },
  {
    name: 'an unknown kind',
    by: 'api-server',
    change: edit('base/authors/destination-rule.yaml', 'kind: DestinationRule', 'kind: DestinationRules'),
    says: ['base/authors/destination-rule.yaml', 'DestinationRules/authors', 'has no kind DestinationRules'],
    needsCluster: true,
  },
  {
    name: 'a container that may gain privileges',
    by: 'api-server',
    change: edit(pods, 'allowPrivilegeEscalation: false', 'privileged: true'),
    says: [canary, 'Rollout/web-api', 'would violate PodSecurity "restricted', 'privileged'],
    needsCluster: true,
  },
]

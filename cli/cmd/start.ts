import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { execa } from 'execa'
import { isWell } from '../application.ts'
import { imageName } from '../components.ts'
import { installPackages } from '../debian.ts'
import { UserError } from '../errors.ts'
import { completeHistory, prepareRemote, pushHead } from '../git/remote.ts'
import {
  addressesInTrouble,
  applications,
  imagesMissing,
  podsInTrouble,
  reasons,
  refreshApplications,
  refreshFailed,
} from '../health.ts'
import { describeMissing, initialVersions } from '../images/app-images.ts'
import { type Images, imagesOf } from '../images/source.ts'
import { engineInfo, startOwnEngine } from '../minikube/docker.ts'
import { loadedImages, minikubeHome } from '../minikube/minikube.ts'
import { startNode } from '../minikube/node.ts'
import { type Plan, plan, planText } from '../minikube/preflight.ts'
import { type Option, options } from '../options.ts'
import { giveToOwner } from '../owner.ts'
import { pagesText } from '../pages.ts'
import { paths, ports, rememberChoices, rememberedChoices, state } from '../settings.ts'
import { runSteps, type Steps } from '../steps.ts'
import { applyRoot, createSecrets, installSystem, istioJudges } from '../system.ts'
import { exportLine } from '../tools.ts'
import { until } from '../wait.ts'

async function startEngine(engine: Plan['engine']): Promise<void> {
  if (engine === 'own') return startOwnEngine()
  if (engine === 'service') await execa('systemctl', ['start', 'docker'])
  await until('Docker to answer', async () => (await engineInfo()) !== undefined, { seconds: 60 })
}

async function buildInitialImages(images: Images, report: (line: string) => void): Promise<void> {
  const loaded = await loadedImages()
  for (const [component, version] of initialVersions) {
    if (loaded.has(imageName({ component, version }))) continue
    report(`${component} ${version}`)
    await images.buildAndLoad({ component, version, buildArgs: {} })
  }
}

/** Builds the images of the options that git enables, with built images. */
function optionSteps(enabled: Option[], { options: images }: Images): Steps {
  if (!images) return []
  return enabled.map((option) => {
    const { cost, load } = images[option]
    const run = async (report: (line: string) => void) => {
      if (!(await loadedImages()).has(options[option].image)) await load(report)
    }
    return { title: `${options[option].title}, which git enables (the first time: ${cost})`, run }
  })
}

/** Waits until everything matches git and is healthy, and the URLs for users work. */
async function allWell(report: (line: string) => void): Promise<void> {
  const well = async () => {
    // Reads the pods first, so that Argo CD's state of them is not older.
    const pods = await podsInTrouble()
    const [apps, missing] = await Promise.all([applications(), imagesMissing()])
    // Argo CD cannot compare while the repo-server, the network or DNS is still starting.
    if (pods.length === 0 && apps.some(({ sync }) => sync === 'Unknown')) await refreshFailed()
    // The node may be pulling the others.
    const unbuilt = missing.find(({ remedy }) => remedy)
    if (unbuilt) throw new UserError(`git names an image that the cluster lacks: ${describeMissing(unbuilt)}`)
    const open = apps.filter((app) => !isWell(app)).map(({ name, sync, health }) => `${name}: ${sync}, ${health}`)
    const trouble = [open, pods, await addressesInTrouble()].find((lines) => lines.length > 0) ?? []
    report(trouble.join(' · '))
    return apps.length > 1 && trouble.length === 0
  }
  const why = async () => [await reasons(), ...(await addressesInTrouble())].join('\n  ')
  await until('the Applications to be in sync and healthy, and the URLs to work', well, {
    seconds: 600,
    intervalMs: 500,
    why,
  })
}

async function connectRemote(report: (line: string) => void): Promise<void> {
  await createSecrets()
  await prepareRemote()
  await istioJudges()
  report(await pushHead())
  await applyRoot()
  await giveToOwner([state])
}

/** The steps from a bare machine to Applications that are in sync and healthy. */
export function steps({ engine, packages, enabled }: Plan, images: Images): Steps {
  let wasStopped = false
  return [
    ...(packages.length > 0 ? [{ title: 'Debian packages', run: () => installPackages(packages) }] : []),
    { title: 'Docker', run: () => startEngine(engine) },
    ...images.prepare,
    {
      title: 'Minikube',
      run: async (report) => {
        // The node mounts this folder of the remote.
        await mkdir(paths.git, { recursive: true })
        wasStopped = await startNode(images, report)
        await images.loadSystemImages(report)
      },
    },
    // Builds images while the system's pods start.
    [
      { title: 'Istio, Argo CD, Argo Rollouts', run: (report) => installSystem(images, report) },
      { title: 'Images of the services', run: (report) => buildInitialImages(images, report) },
    ],
    ...optionSteps(enabled, images),
    { title: 'Git remote', run: connectRemote },
    {
      title: 'Applications',
      run: async (report) => {
        // The Applications' status is from before the stop.
        if (wasStopped) await refreshApplications()
        await allWell(report)
      },
    },
  ]
}

async function summary(): Promise<string> {
  return `
${await pagesText()}

  To use your own tools with this cluster:
    ${exportLine()}

  Three things to try:
    1. Release version 2 to 20 % of the requests: change newTag to 2.0.0 in overlays/canary/kustomization.yaml,
       commit, and git push cluster HEAD:main. Watch the Traffic page.
    2. kubectl argo rollouts promote web-api   (or abort web-api)
    3. Split by hand, as in the article: in clusters/minikube/web-api/kustomization.yaml change overlays/canary to
       overlays/split, commit, and git push cluster HEAD:main.
`
}

/** `npm start`: starts the whole system, or its missing parts, and prints its URLs. */
export async function start(): Promise<void> {
  const { plan: found, problems } = await plan()
  if (problems.length > 0) throw new UserError(problems.join('\n       '))
  // Before anything that takes long.
  await completeHistory()
  console.log(planText(found).join('\n'))
  const ownsMinikubeHome = rememberedChoices()?.ownsMinikubeHome ?? !existsSync(minikubeHome)
  rememberChoices({ images: found.choice.source, ports: ports(), ownsMinikubeHome })
  await runSteps(steps(found, await imagesOf(found.choice.source)))
  console.log(await summary())
}

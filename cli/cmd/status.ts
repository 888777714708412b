import { type Application, isWell } from '../application.ts'
import { freezeText, readFreeze } from '../freeze.ts'
import { otherRepository } from '../git/remote.ts'
import {
  addressesInTrouble,
  applications,
  faultsIn,
  imagesMissing,
  podsInTrouble,
  type Rollout,
  rollout,
  virtualServices,
  weightsIn,
} from '../health.ts'
import { describeMissing } from '../images/app-images.ts'
import { clusterImages } from '../images/source.ts'
import { checkRunning } from '../minikube/node.ts'
import { pagesText } from '../pages.ts'
import { rememberedChoices } from '../settings.ts'
import { argoCdPassword } from '../system.ts'
import { table } from '../table.ts'
import { exportLine } from '../tools.ts'

type VirtualServices = Awaited<ReturnType<typeof virtualServices>>

/** What the user can do now. While Argo CD syncs a push, git may already have another version. */
function adviceFor({ aborted, phase }: Rollout, isSynced: boolean): string | undefined {
  if (!isSynced) return undefined
  if (aborted) return 'git still has this version; to revert git too, run: npm run rollback'
  return phase === 'Paused' ? 'it waits for: kubectl argo rollouts promote web-api (or abort web-api)' : undefined
}

async function rolloutLines(apps: Promise<Application[]>, routes: Promise<VirtualServices>): Promise<string[]> {
  const [found, routing, all] = await Promise.all([rollout(), routes, apps])
  const traffic = `  getmultiple  ${weightsIn(routing)
    .map(({ subset, weight }) => `${weight} % ${subset}`)
    .join(', ')}`
  if (!found) return [traffic]
  const { image, phase, message, step } = found
  const state = `  web-api      ${image.split(':').at(-1)}: ${[phase, step && `step ${step}`, message].filter(Boolean).join(', ')}`
  const advice = adviceFor(found, all.find(({ name }) => name === 'web-api')?.sync === 'Synced')
  return [traffic, state, ...(advice ? [`               ${advice}`] : [])]
}

function section(title: string, lines: string[]): string {
  return lines.length > 0 ? `\n\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}` : ''
}

const elsewhere = (url: string) => `${url}: no hook judges a push there; before you push, run: npm run check`

/**
 * `npm run status`: prints the running system on one screen.
 * @returns whether Applications, pods, images and the URLs for users have no problems
 */
export async function status(): Promise<boolean> {
  await checkRunning()
  const asked = applications()
  const routes = virtualServices()
  const [apps, pods, missing, addresses, lines, routing, password, { differences }, frozen, repository] =
    await Promise.all([
      asked,
      podsInTrouble(),
      imagesMissing(),
      addressesInTrouble(),
      rolloutLines(asked, routes),
      routes,
      argoCdPassword(),
      clusterImages(),
      readFreeze(),
      otherRepository(),
    ])
  const rows = apps.map((app) => [
    app.name,
    app.sync,
    app.health,
    /^[\da-f]{40}$/.test(app.revision) ? app.revision.slice(0, 7) : '',
    isWell(app) ? '' : app.message,
  ])
  const faults = faultsIn(routing).map(({ text }) => text)
  console.log(`Applications
${table(rows)}

Routing
${lines.join('\n')}${section('Faults, until npm run fault -- clear', faults)}${section('Pushes are rejected', frozen ? [freezeText(frozen)] : [])}${section('Argo CD reads another repository', repository ? [elsewhere(repository)] : [])}${section('Users get errors', addresses)}${section('Pods with problems', pods)}${section('Missing images', missing.map(describeMissing))}${section(`Images are ${rememberedChoices()?.images}`, differences)}

Web pages
${await pagesText(`admin / ${password}`)}

Your own tools
  ${exportLine()}`)
  return apps.every(isWell) && [pods, missing, addresses].every((trouble) => trouble.length === 0)
}

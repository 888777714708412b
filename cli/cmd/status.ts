import { isWell } from '../application.ts'
import { freezeText, readFreeze } from '../freeze.ts'
import { otherRepository } from '../git/remote.ts'
import { addressesInTrouble, applications, imagesMissing, podsInTrouble, rollout, weights } from '../health.ts'
import { describeMissing } from '../images/app-images.ts'
import { clusterImages } from '../images/source.ts'
import { checkRunning } from '../minikube/node.ts'
import { pagesText } from '../pages.ts'
import { rememberedChoices } from '../settings.ts'
import { argoCdPassword } from '../system.ts'
import { table } from '../table.ts'
import { exportLine } from '../tools.ts'

async function rolloutLines(): Promise<string[]> {
  const [found, shares] = await Promise.all([rollout(), weights()])
  const traffic = `  getmultiple  ${shares.map(({ subset, weight }) => `${weight} % ${subset}`).join(', ')}`
  if (!found) return [traffic]
  const { image, phase, message, step, aborted } = found
  const state = `  web-api      ${image.split(':').at(-1)}: ${[phase, step && `step ${step}`, message].filter(Boolean).join(', ')}`
  const hint = aborted ? ['               git still has this version; to revert git too, run: npm run rollback'] : []
  return [traffic, state, ...hint]
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
  const [apps, pods, missing, addresses, lines, password, { differences }, frozen, repository] = await Promise.all([
    applications(),
    podsInTrouble(),
    imagesMissing(),
    addressesInTrouble(),
    rolloutLines(),
    argoCdPassword(),
    clusterImages(),
    readFreeze(),
    otherRepository(),
  ])
  const rows = apps.map((app) => [
    app.name,
    app.sync,
    app.health,
    app.revision.slice(0, 7),
    isWell(app) ? '' : app.message,
  ])
  console.log(`Applications
${table(rows)}

Routing
${lines.join('\n')}${section('Pushes are rejected', frozen ? [freezeText(frozen)] : [])}${section('Argo CD reads another repository', repository ? [elsewhere(repository)] : [])}${section('Users get errors', addresses)}${section('Pods with problems', pods)}${section('Missing images', missing.map(describeMissing))}${section(`Images are ${rememberedChoices()?.images}`, differences)}

Web pages
${await pagesText(`admin / ${password}`)}

Your own tools
  ${exportLine()}`)
  return apps.every(isWell) && [pods, missing, addresses].every((trouble) => trouble.length === 0)
}

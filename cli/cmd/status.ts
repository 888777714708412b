/** `npm run status`: the running system on one screen. Exit status 0 when all is well, 1 when something is not. */
import { checkRunning } from '../cluster.ts'
import { fail } from '../errors.ts'
import { applications, imagesMissing, isWell, podsInTrouble, rollout, weights } from '../health.ts'
import { paths, ports } from '../settings.ts'
import { argoCdPassword } from '../system.ts'

function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n')
}

async function rolloutLines(): Promise<string[]> {
  const found = await rollout()
  const shares = (await weights()).map(({ subset, weight }) => `${weight} % ${subset}`).join(', ')
  const traffic = `  getmultiple  ${shares}`
  if (!found) return [traffic]
  const { image, phase, message, step, aborted } = found
  const state = `  web-api      ${image.split(':').at(-1)}: ${[phase, step && `step ${step}`, message].filter(Boolean).join(', ')}`
  const hint = aborted
    ? ['               git still asks for it; take it back with: git revert HEAD && git push cluster HEAD:main']
    : []
  return [traffic, state, ...hint]
}

async function status(): Promise<boolean> {
  await checkRunning()
  const [apps, pods, missing, lines, password] = await Promise.all([
    applications(),
    podsInTrouble(),
    imagesMissing(),
    rolloutLines(),
    argoCdPassword(),
  ])
  const rows = apps.map((app) => [
    app.name,
    app.sync,
    app.health,
    app.revision.slice(0, 7),
    isWell(app) ? '' : app.message,
  ])
  console.log(`Applications\n${table(rows)}\n\nRouting\n${lines.join('\n')}`)
  if (pods.length > 0) console.log(`\nPods in trouble\n${pods.map((line) => `  ${line}`).join('\n')}`)
  for (const { name, remedy } of missing) console.log(`\nThe cluster has no image ${name}; make it with: ${remedy}`)
  console.log(`
Web app     http://127.0.0.1:${ports.web}
Argo CD     http://127.0.0.1:${ports.argocd}  admin / ${password}
Kubernetes  export KUBECONFIG=${paths.kubeconfig} PATH=${paths.bin}:$PATH`)
  return apps.every(isWell) && pods.length === 0 && missing.length === 0
}

process.exitCode = (await status().catch(fail)) ? 0 : 1

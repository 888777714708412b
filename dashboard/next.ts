/** What a presenter does next. */
import type { Delivery } from './types.ts'

export interface NextStep {
  /** One sentence. */
  why: string
  /** Lines for the shell. */
  command: string[]
}

const promote = 'kubectl argo rollouts promote web-api'
const look = 'kubectl argo rollouts get rollout web-api --watch'
const takeBack = ['npm run rollback', 'git pull cluster main']
const release = [
  "perl -pi -e 's/newTag: 1.0.0/newTag: 2.0.0/' overlays/canary/kustomization.yaml",
  "git commit --all --message 'web-api 2.0.0'",
  'git push cluster HEAD:main',
]

/** The steps of the README, by the state of the rollout. */
export function nextStep({ applications, rollout }: Pick<Delivery, 'applications' | 'rollout'>): NextStep {
  if (!rollout) return { why: 'This overlay has no Rollout: the weights are in git.', command: ['npm run status'] }
  const { phase, aborted, stableVersion, canaryVersion, steps, step } = rollout
  if (aborted) return { why: `${canaryVersion} was sent back; take it back in git, too.`, command: takeBack }
  if (phase === 'Paused') return { why: `${canaryVersion} waits: promote it, or abort it.`, command: [promote] }
  if (phase !== 'Healthy') return { why: `Argo Rollouts works on: ${steps[step] ?? phase}.`, command: [look] }
  if (applications.some(({ name, sync }) => name === 'web-api' && sync !== 'Synced'))
    return { why: 'Argo CD syncs the push.', command: [look] }
  if (stableVersion === '1.0.0') return { why: 'Release 2.0.0 to 20 % of the requests.', command: release }
  return { why: `${stableVersion} gets all requests; take it back.`, command: takeBack }
}

import { expect, test } from 'vitest'
import { nextStep } from './next.ts'

const healthy = {
  phase: 'Healthy',
  message: '',
  steps: ['setCanaryScale', 'setWeight 20', 'pause'],
  step: 3,
  aborted: false,
  stableVersion: '1.0.0',
  canaryVersion: '1.0.0',
}

test.each([
  ['before the first release', {}, 'git push cluster HEAD:main'],
  ['while the canary starts', { phase: 'Progressing', step: 1, canaryVersion: '2.0.0' }, 'get rollout'],
  ['when the canary waits', { phase: 'Paused', canaryVersion: '2.0.0' }, 'promote web-api'],
  ['after an abort', { phase: 'Degraded', aborted: true, canaryVersion: '2.0.0' }, 'npm run rollback'],
  ['after a promotion', { stableVersion: '2.0.0', canaryVersion: '2.0.0' }, 'npm run rollback'],
])('%s the next command is the one of the README', (_, change, command) => {
  expect(nextStep({ applications: [], rollout: { ...healthy, ...change } }).command.join(' ')).toContain(command)
})

test('a push that Argo CD has not synced yet is not released again', () => {
  const application = { name: 'web-api', sync: 'OutOfSync', health: 'Healthy', revision: '', message: '' }
  expect(nextStep({ applications: [application], rollout: healthy }).why).toContain('Argo CD')
})

test('an overlay without a Rollout has no release to promote', () => {
  expect(nextStep({ applications: [] }).command).toEqual(['npm run status'])
})

import { json } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import type { Application } from '../cli/application.ts'
import { serve } from '../services/shared/src/testing.ts'
import { happened, webhook } from './notifications.ts'
import type { Delivery, Rollout } from './types.ts'

const application: Application = {
  name: 'web-api',
  sync: 'Synced',
  health: 'Healthy',
  revision: 'abcdef0123',
  message: '',
}
const rollout: Rollout = {
  phase: 'Healthy',
  message: '',
  steps: [],
  step: 0,
  aborted: false,
  stableVersion: '1.0.0',
  canaryVersion: '1.0.0',
}

function delivery(change: { application?: Partial<Application>; rollout?: Partial<Rollout> } = {}): Delivery {
  return {
    at: 1,
    commit: { hash: '', subject: '' },
    applications: [{ ...application, ...change.application }],
    rollout: { ...rollout, ...change.rollout },
    weights: [],
    graph: { edges: [], routes: [], decisions: [], problem: '' },
  }
}

test.each<[string, Delivery, Delivery, string[]]>([
  ['nothing', delivery(), delivery(), []],
  ['a sync', delivery({ application: { sync: 'OutOfSync' } }), delivery(), ['synced web-api at abcdef0']],
  [
    'a degraded Application',
    delivery(),
    delivery({ application: { health: 'Degraded', message: 'no image' } }),
    ['degraded web-api: no image'],
  ],
  [
    'an abort',
    delivery({ rollout: { canaryVersion: '2.2.0' } }),
    delivery({ rollout: { canaryVersion: '2.2.0', aborted: true, message: 'error-share failed' } }),
    ['aborted web-api 2.2.0: error-share failed'],
  ],
  [
    'a promotion',
    delivery(),
    delivery({ rollout: { stableVersion: '2.0.0' } }),
    ['promoted web-api 2.0.0, after 1.0.0'],
  ],
])('%s between two reads is reported', (_, before, now, expected) => {
  expect(happened(before, now).map(({ event, text }) => `${event} ${text}`)).toEqual(expected)
})

test('the first read reports nothing, because the state may be old', () => {
  expect(happened(undefined, delivery({ rollout: { aborted: true } }))).toEqual([])
})

async function receiver(statuses: number[]): Promise<{ url: string; received: unknown[] }> {
  const received: unknown[] = []
  const url = await serve(async (req, res) => {
    received.push(await json(req))
    res.writeHead(statuses.shift() ?? 500).end()
  })
  return { url, received }
}

const notification = { at: 1, event: 'aborted', text: 'web-api 2.2.0' } as const

test('a webhook gets each notification as JSON, and again after an error', async () => {
  const { url, received } = await receiver([503, 200])
  const onProblem = vi.fn()
  webhook(url, onProblem)(notification)
  await expect.poll(() => received).toEqual([notification, notification])
  expect(onProblem).not.toHaveBeenCalled()
})

test('a webhook that returns an error twice is reported', async () => {
  const { url } = await receiver([500, 500])
  const onProblem = vi.fn()
  webhook(url, onProblem)(notification)
  await expect.poll(() => onProblem.mock.calls).toEqual([[`WEBHOOK_URL ${url}: it returned status 500`]])
})

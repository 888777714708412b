/** Both versions share one database: after an abort stable lists the articles that the canary has created. */
import { expect } from '@playwright/test'
import { request } from 'undici'
import { releaseToPause, test } from '../support/canary.ts'
import { articleUrl, createUrl, deleteCreated } from '../support/creates.ts'
import { argoRollouts, weightsAre } from '../support/rollouts.ts'
import { listUrl } from '../support/traffic.ts'

test.afterEach(deleteCreated)

/** Extremes that the schema of an article allows: the longest texts, characters of every width, and every character of URLs. */
const articles = [
  { title: '𝄞'.repeat(200), url: `${articleUrl}/${'a'.repeat(2047 - articleUrl.length)}`, author: 'ß'.repeat(100) },
  {
    title: `"'\\\\; DROP TABLE articles; --`,
    url: `${articleUrl}?a=[%22]&b=(1),2;3#$!*+@:~.`,
    author: '<b>O’Neill</b> \u{1F600}',
  },
  { title: 'שלום עולם — e\u0301 ﷽', url: `${articleUrl}#`, author: '山田 太郎' },
]

async function listOf(version: string): Promise<{ title: string; url: string; authorName: string }[]> {
  const headers = { 'cache-control': 'no-cache' }
  const answer = await request(listUrl, { headers })
  const list = await answer.body.json()
  expect(answer.headers['x-version']).toBe(version)
  return list as Awaited<ReturnType<typeof listOf>>
}

test('after an abort all pods of stable list every article that the canary has created, unchanged', async ({
  clone,
}) => {
  await releaseToPause(clone)
  for (const article of articles) {
    const headers = { 'content-type': 'application/json', 'x-canary': 'always' }
    const answer = await request(createUrl, { method: 'POST', headers, body: JSON.stringify(article) })
    expect({ status: answer.statusCode, text: await answer.body.text() }).toMatchObject({ status: 201 })
    expect(answer.headers['x-version']).toBe('2.0.0')
  }
  await argoRollouts('abort')
  await weightsAre({ stable: 100, canary: 0 })
  const written = articles.toReversed().map(({ title, url, author }) => ({ title, url, authorName: author }))
  await expect(async () => {
    // Ten requests reach both pods.
    for (const list of await Promise.all(Array.from({ length: 10 }, () => listOf('1.0.0')))) {
      expect(list).toHaveLength(5)
      expect(list.slice(0, written.length)).toEqual(written.map((article) => expect.objectContaining(article)))
    }
  }).toPass({ timeout: 30_000 })
})

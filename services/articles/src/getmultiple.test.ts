import { expect, test } from 'vitest'
import { startArticles } from './testing.ts'

const path = '/articles/v1/getmultiple'

test('getmultiple returns the seeded articles, newest first, and at most the requested amount', async () => {
  const { url } = await startArticles()
  const all = await (await fetch(`${url}${path}?amount=100`)).json()
  expect(all).toHaveLength(10)
  expect(all).toMatchObject([
    {
      title: 'Debugging Microservices running in Kubernetes',
      url: 'http://heidloff.net/article/debugging-microservices-kubernetes',
      author: 'Niklas Heidloff',
    },
    { title: 'Dockerizing Java MicroProfile Applications' },
    { title: 'Install Istio and Kiali on IBM Cloud or Minikube', author: 'Harald Uebele' },
    { title: 'Three awesome TensorFlow.js Models for Visual Recognition' },
    { title: 'Blue Cloud Mirror Architecture Diagrams' },
    { title: 'Three Minutes Demo of Blue Cloud Mirror' },
    { title: 'IBM announced Managed Istio and Managed Knative' },
    { title: 'Developing and debugging Microservices with Java' },
    { title: 'Recent Java Updates from IBM' },
    { title: "Blue Cloud Mirror — (Don't) Open The Doors!", author: 'Harald Uebele' },
  ])
  expect(await (await fetch(`${url}${path}`)).json()).toEqual(all)
  expect(await (await fetch(`${url}${path}?amount=3`)).json()).toEqual((all as unknown[]).slice(0, 3))
})

test('getmultiple returns 204 when there is no article', async () => {
  const { url, postgres } = await startArticles()
  await postgres.run('DELETE FROM articles')
  const response = await fetch(url + path)
  expect(response.status).toBe(204)
  expect(await response.text()).toBe('')
})

test('getmultiple returns 400 for an invalid amount', async () => {
  const { url } = await startArticles()
  for (const amount of ['0', '101', '-1', '1.5', '1e1', 'ten', '', '1&amount=2', '999999999999']) {
    const response = await fetch(`${url}${path}?amount=${amount}`)
    expect(response.status, amount).toBe(400)
    expect(await response.json()).toMatchObject({
      errors: [{ parameter: 'amount', detail: 'must be a whole number from 1 to 100' }],
    })
  }
})

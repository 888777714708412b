/** The migrations of the schema. Append new ones; never change one that was released. */

const heidloff = (path: string) => `http://heidloff.net/article/${path}`
const uebele = (path: string) => `https://haralduebele.github.io/${path}`

/** The first articles, oldest first. */
const seed: [title: string, url: string, author: string][] = [
  [
    "Blue Cloud Mirror — (Don't) Open The Doors!",
    uebele('2019/02/17/blue-cloud-mirror-dont-open-the-doors/'),
    'Harald Uebele',
  ],
  ['Recent Java Updates from IBM', heidloff('recent-java-updates-from-ibm'), 'Niklas Heidloff'],
  [
    'Developing and debugging Microservices with Java',
    heidloff('debugging-microservices-java-kubernetes'),
    'Niklas Heidloff',
  ],
  ['IBM announced Managed Istio and Managed Knative', heidloff('managed-istio-managed-knative'), 'Niklas Heidloff'],
  ['Three Minutes Demo of Blue Cloud Mirror', heidloff('blue-cloud-mirror-demo-video'), 'Niklas Heidloff'],
  ['Blue Cloud Mirror Architecture Diagrams', heidloff('blue-cloud-mirror-architecture-diagrams'), 'Niklas Heidloff'],
  [
    'Three awesome TensorFlow.js Models for Visual Recognition',
    heidloff('tensorflowjs-visual-recognition'),
    'Niklas Heidloff',
  ],
  [
    'Install Istio and Kiali on IBM Cloud or Minikube',
    uebele('2019/02/22/install-istio-and-kiali-on-ibm-cloud-or-minikube/'),
    'Harald Uebele',
  ],
  [
    'Dockerizing Java MicroProfile Applications',
    heidloff('dockerizing-container-java-microprofile'),
    'Niklas Heidloff',
  ],
  ['Debugging Microservices running in Kubernetes', heidloff('debugging-microservices-kubernetes'), 'Niklas Heidloff'],
]

export interface Migration {
  sql: string
  parameters?: unknown[]
}

/** The service applies them in this order, each once per database. */
export const migrations: Migration[] = [
  {
    // The id gives the order, because rows from one transaction, such as the seed, have the same created_at.
    sql: `CREATE TABLE articles (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            title text NOT NULL,
            url text NOT NULL,
            author text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
          )`,
  },
  {
    sql: `INSERT INTO articles (title, url, author)
          SELECT title, url, author FROM json_to_recordset($1) AS seed(title text, url text, author text)`,
    parameters: [JSON.stringify(seed.map(([title, url, author]) => ({ title, url, author })))],
  },
]

/** Pulled images: images and programs from the projects' releases. */
import { join } from 'node:path'
import { containerfileOf, imageName } from '../components.ts'
import { isNewEnough, linkTool, usersMinikube } from '../minikube/install.ts'
import { buildOnNode } from '../minikube/minikube.ts'
import { cache, root } from '../settings.ts'
import { fetchRelease, minikubeRelease, releases } from './releases.ts'
import type { Images } from './source.ts'

const folder = join(cache, 'tools')

/** The user's minikube if it is new enough, else the release. */
async function minikubeProgram(): Promise<string> {
  const own = await usersMinikube()
  return own && isNewEnough(own.version) ? own.path : fetchRelease(minikubeRelease, folder)
}

/** Fetches command line tools, by their names. */
export async function installTools(names: string[], report: (line: string) => void): Promise<void> {
  for (const release of releases.filter(({ name }) => names.includes(name))) {
    report(`${release.name} ${release.version}`)
    await linkTool(release.name, await fetchRelease(release, folder))
  }
}

export const pulled: Images = {
  problems: async () => [],
  packages: [],
  prepare: [
    {
      title: 'Programs',
      run: async (report) => {
        await installTools(
          releases.map(({ name }) => name),
          report,
        )
        report(`minikube ${minikubeRelease.version}`)
        await linkTool('minikube', await minikubeProgram())
      },
    },
  ],
  startOptions: async () => ['--cni=calico'],
  loadSystemImages: async () => {},
  completeNode: async () => {},
  istioFiles: [],
  istioParts: [],
  buildAndLoad: ({ component, version, buildArgs }) =>
    buildOnNode(imageName({ component, version }), containerfileOf(component), root, {
      COMPONENT: component,
      VERSION: version,
      ...buildArgs,
    }),
  differences: [],
  remove: async () => {},
}

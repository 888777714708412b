/** `npm run release -- web-api 2.1.0`: builds the working tree's component as that version and loads it. */
import { buildAndLoad, type Component, components, imageName, loadedImages } from './app-images.ts'
import { fail, UserError } from './errors.ts'

/** Where git names a component's version. */
const versionFiles: Record<Component, string> = {
  'web-api': 'newTag in overlays/canary/kustomization.yaml',
  articles: 'image in base/articles/deployment.yaml',
  authors: 'image in base/authors/deployment.yaml',
  'web-app': 'image in base/web-app/deployment.yaml',
}

async function release(component = '', version = ''): Promise<void> {
  if (!components.includes(component as Component)) {
    throw new UserError(
      `usage: npm run release -- ${components.join('|')} VERSION, e.g. npm run release -- web-api 2.1.0`,
    )
  }
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
    throw new UserError(`"${version}" is not a version: three numbers as in 2.1.0, and -NAME if it is a preview`)
  }
  const name = imageName(component as Component, version)
  if ((await loadedImages()).has(name))
    throw new UserError(`${name} is there already; a version does not change: take the next`)
  await buildAndLoad(component as Component, version)
  console.log(`${name} is in the cluster. Now change ${versionFiles[component as Component]} to ${version}, and:
  git commit --all --message "${component} ${version}"
  git push cluster HEAD:main`)
}

await release(...process.argv.slice(2)).catch(fail)

/** Kiali, an option that one line in git enables. */
import { parse } from 'yaml'
import { folders, kubernetes } from './kubernetes.ts'
import { clusterFolder } from './settings.ts'

/** The image in base/kiali. */
export const kialiImage = 'quay.io/kiali/kiali:v2.27.2'

/** Builds the image where it cannot be pulled. */
export const kialiCommand = 'npm run release -- kiali'

/** The file with that line, relative to the clone. */
export const optionsFile = `${clusterFolder}/kustomization.yaml`

/** Whether the text of that file enables Kiali. */
export function isKialiOn(text: string): boolean {
  const { components = [] } = parse(text) as { components?: string[] }
  return components.includes('../../apps/options/kiali')
}

/** Whether the cluster has Kiali's Application, which it gets by the push that enables it. */
export function runsKiali(): Promise<boolean> {
  return kubernetes.has(`${folders.argoCd}/applications/kiali`)
}

/** Kiali, an option that one line of git switches on. */
import { parse } from 'yaml'
import { folders, kubernetes } from './kubernetes.ts'
import { clusterFolder } from './settings.ts'

/** As base/kiali names it. */
export const kialiImage = 'quay.io/kiali/kiali:v2.27.2'

/** Makes the image where nobody can pull it. */
export const kialiCommand = 'npm run release -- kiali'

/** The file that has the line, relative to the clone. */
export const optionsFile = `${clusterFolder}/kustomization.yaml`

/** Whether that file, by its text, switches Kiali on. */
export function isKialiOn(text: string): boolean {
  const { resources = [] } = parse(text) as { resources?: string[] }
  return resources.includes('../../apps/kiali')
}

/** Whether the cluster has it: Argo CD's Application, from the push on that switches it on. */
export function runsKiali(): Promise<boolean> {
  return kubernetes.has(`${folders.argoCd}/applications/kiali`)
}

/** Options with an image of their own. One line in git enables each. */
import { parse } from 'yaml'
import { namesInBase } from './images/names.ts'
import { folders, kubernetes } from './kubernetes.ts'
import { clusterFolder } from './settings.ts'

interface OptionSettings {
  title: string
  /** The name of its Application, and of its folders. */
  part: string
  /** The image in `base/<part>`, with its tag; empty when a team has removed the part. */
  readonly image: string
  /** Port and path of its page on 127.0.0.1, as `istioctl dashboard <option>` serves it. */
  page: { port: number; path: string }
}

/** By the names that `npm run release` and `istioctl dashboard` have for them. */
export const options = {
  kiali: {
    title: 'Kiali',
    part: 'kiali',
    get image() {
      return namesInBase('quay.io/kiali/kiali')[0] ?? ''
    },
    page: { port: 20001, path: '/kiali' },
  },
  zipkin: {
    title: 'Zipkin',
    part: 'tracing',
    get image() {
      return namesInBase('docker.io/openzipkin/zipkin-slim')[0] ?? ''
    },
    page: { port: 9411, path: '/zipkin/' },
  },
} satisfies Record<string, OptionSettings>

export type Option = keyof typeof options

export const optionNames = Object.keys(options) as Option[]

export const isOption = (word: string): word is Option => optionNames.includes(word as Option)

/** The command that builds the option's image where it cannot be pulled. */
export const buildCommand = (option: Option) => `npm run release -- ${option}`

/** The command that serves the option's page. A part's namespace has its name. */
export const pageCommand = (option: Option) => `istioctl dashboard ${option} --namespace=${options[option].part}`

/** The line that enables the option. */
export const lineOf = (option: Option) => `../../apps/options/${options[option].part}`

/** The file with these lines, relative to the clone. */
export const optionsFile = `${clusterFolder}/kustomization.yaml`

/** The options that the text of that file enables. */
export function enabledOptions(text: string): Option[] {
  const { components = [] } = parse(text) as { components?: string[] }
  return optionNames.filter((option) => components.includes(lineOf(option)))
}

/** The options whose Application the cluster has, which it gets by the push that enables them. */
export async function runningOptions(): Promise<Option[]> {
  const runs = await Promise.all(
    optionNames.map((option) => kubernetes.has(`${folders.argoCd}/applications/${options[option].part}`)),
  )
  return optionNames.filter((_, index) => runs[index])
}

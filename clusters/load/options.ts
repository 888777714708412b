/** What `npm run load` is told, and the bounds that keep it from harming the machine. */
import { parseArgs } from 'node:util'
import { UserError } from '../errors.ts'

/** The API's operations that only read, and the route of the VirtualServices that takes each. */
export const routes: Record<string, string> = { '/web-api/v1/getmultiple': 'getmultiple', '/openapi': 'openapi' }
const [defaultPath = ''] = Object.keys(routes)

const most = { rate: 1000, duration: 900 }
const usage = `usage: npm run load -- [--rate 100] [--duration 60] [--path ${defaultPath}] [--json]`

export interface LoadOptions {
  /** Requests per second. */
  rate: number
  /** Seconds. */
  duration: number
  path: string
  json: boolean
}

function bounded(option: keyof typeof most, value: string, unit: string): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= 1 && number <= most[option]) return number
  throw new UserError(`--${option} ${value}: must be a whole number of ${unit} from 1 to ${most[option]}`)
}

/** @throws {UserError} that says in one line what is wrong */
export function readOptions(args: string[]): LoadOptions {
  const parse = () =>
    parseArgs({
      args,
      options: {
        rate: { type: 'string', default: '100' },
        duration: { type: 'string', default: '60' },
        path: { type: 'string', default: defaultPath },
        json: { type: 'boolean', default: false },
      },
    }).values
  let values: ReturnType<typeof parse>
  try {
    values = parse()
  } catch (error) {
    throw new UserError(`${(error as Error).message.split('\n', 1)}; ${usage}`)
  }
  const { path, json } = values
  if (!Object.hasOwn(routes, path))
    throw new UserError(`--path ${path}: must be one that only reads: ${Object.keys(routes).join(' or ')}`)
  const rate = bounded('rate', values.rate, 'requests per second')
  return { rate, duration: bounded('duration', values.duration, 'seconds'), path, json }
}

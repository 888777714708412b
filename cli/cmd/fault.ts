import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'
import { parse, stringify } from 'yaml'
import { UserError } from '../errors.ts'
import { faultTexts, type HttpRoute } from '../health.ts'
import { clusterFolder, paths, root } from '../settings.ts'

const services = ['articles', 'authors'] as const
type Service = (typeof services)[number]

/** The Component with the service's fault. */
const faultFolder = (service: Service) => `components/faults/${service}`
const faultFile = (service: Service) => `${faultFolder(service)}/fault.yaml`
/** The kustomization that includes it while there is a fault. */
const partFile = (service: Service) => `${clusterFolder}/${service}/kustomization.yaml`
const usage = `usage: npm run fault -- ${services.join('|')} PERCENT (1 to 100), or ${services.join('|')} delay 5s, or clear`

/** Number of routes in the service's VirtualService; each gets the fault. */
async function routesOf(service: Service): Promise<number> {
  const text = await readFile(join(root, `base/${service}/virtual-service.yaml`), 'utf8')
  return (parse(text) as { spec: { http: unknown[] } }).spec.http.length
}

/** Istio's HTTPFaultInjection, from the command line. */
function faultOf(what = '', duration = ''): NonNullable<HttpRoute['fault']> {
  if (what === 'delay' && /^[1-9]\d*(ms|s)$/.test(duration))
    return { delay: { percentage: { value: 100 }, fixedDelay: duration } }
  const percent = Number(what)
  if (!Number.isInteger(percent) || percent < 1 || percent > 100) throw new UserError(usage)
  return { abort: { percentage: { value: percent }, httpStatus: 503 } }
}

/** Makes the service's kustomization include the fault, or comments the line out. */
async function include(service: Service, isOn: boolean): Promise<void> {
  const file = join(root, partFile(service))
  const text = await readFile(file, 'utf8')
  const line = new RegExp(`^ +(# )?- (\\S*${faultFolder(service)})\\b`, 'm')
  if (!line.test(text))
    throw new UserError(`${partFile(service)} has no line with ${faultFolder(service)}: restore it (see git diff)`)
  await writeFile(file, text.replace(line, `  ${isOn ? '' : '# '}- $2`))
}

const git = (args: string[]) => execa('git', args, { cwd: root, all: true })

async function refuseOwnChanges(files: string[]): Promise<void> {
  const { stdout } = await git(['status', '--porcelain', '--', ...files])
  if (stdout !== '') throw new UserError(`commit or undo your changes first:\n${stdout}`)
}

/** Edits these files, and commits them alone; an error or Ctrl-C restores them. @returns whether that changed them */
async function commit(files: string[], edit: () => Promise<void>, message: string): Promise<boolean> {
  await refuseOwnChanges(files)
  const restore = () => execaSync('git', ['checkout', '--quiet', 'HEAD', '--', ...files], { cwd: root })
  const interrupt = () => {
    restore()
    process.exit(130)
  }
  process.once('SIGINT', interrupt)
  try {
    await edit()
    const { stdout: changed } = await git(['status', '--porcelain', '--', ...files])
    if (changed !== '') await git(['commit', '--quiet', '--message', message, '--only', '--', ...files])
    return changed !== ''
  } catch (error) {
    restore()
    throw error
  } finally {
    process.off('SIGINT', interrupt)
  }
}

/** Whether the remote's main has these files as HEAD has them. */
async function isPushed(files: string[]): Promise<boolean> {
  const hashes = async (repository: string, branch: string) => {
    const args = ['--git-dir', repository, 'rev-parse', ...files.map((file) => `${branch}:${file}`)]
    return (await execa('git', args, { cwd: root, reject: false })).stdout
  }
  const { stdout: own } = await git(['rev-parse', '--absolute-git-dir'])
  return (await hashes(own, 'HEAD')) === (await hashes(paths.git, 'main'))
}

/** Commits the edit and pushes. A commit whose push was interrupted is pushed the next time; one that is rejected is undone. */
async function publish(files: string[], edit: () => Promise<void>, message: string): Promise<void> {
  const isNew = await commit(files, edit, message)
  if (await isPushed(files)) return console.log(`nothing to do, git already has: ${message}`)
  const push = await git(['push', '--quiet', 'cluster', 'HEAD:main']).catch((error) => error)
  if (push.exitCode !== 0) {
    if (isNew) await git(['reset', '--quiet', '--keep', 'HEAD^'])
    throw new UserError(`the remote rejected the push${isNew ? ', and the change is undone' : ''}:\n${push.all}`)
  }
  console.log(`${message}: pushed`)
}

/**
 * `npm run fault`: makes the mesh fail or delay calls from web-api to that service. It commits and pushes the change, so that
 * git's log shows who injected and who cleared a fault.
 * @throws {UserError} when the arguments are invalid, the files have changes, or the remote rejects the push
 */
export async function fault(target: string, what?: string, duration?: string): Promise<void> {
  if (target === 'clear') {
    const files = services.map(partFile)
    const edit = async () => {
      for (const service of services) await include(service, false)
    }
    return publish(files, edit, 'Faults cleared')
  }
  const service = services.find((name) => name === target)
  if (!service) throw new UserError(usage)
  const fault = faultOf(what, duration)
  const files = [partFile(service), faultFile(service)]
  const edit = async () => {
    const operations = Array.from({ length: await routesOf(service) }, (_, index) => ({
      op: 'add',
      path: `/spec/http/${index}/fault`,
      value: fault,
    }))
    await writeFile(join(root, faultFile(service)), stringify(operations, { aliasDuplicateObjects: false }))
    await include(service, true)
  }
  await publish(files, edit, `Fault: ${service}, ${faultTexts({ fault }).join(', ')}`)
  console.log('Clear it with: npm run fault -- clear')
}

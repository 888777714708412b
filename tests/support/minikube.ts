/** Calls Minikube as users do, with the environment that `npm start` prints. */
import { execa } from 'execa'
import { engineEnvironment } from '../../cli/minikube/docker.ts'
import { profile } from '../../cli/settings.ts'
import { toolEnvironment } from '../../cli/tools.ts'

/** Runs a command for this cluster's profile, and returns its standard output. */
export async function minikube(command: string, ...args: string[]): Promise<string> {
  const env = { ...toolEnvironment(), ...engineEnvironment() }
  const { stdout } = await execa('minikube', [command, `--profile=${profile}`, ...args], { env })
  return stdout
}

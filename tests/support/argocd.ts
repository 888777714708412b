/** The argocd CLI on the host, against the address that `npm start` prints. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ports } from '../../cli/settings.ts'
import { argoCdPassword } from '../../cli/system.ts'
import { tool } from '../../cli/tools.ts'
import { temporaryFolder } from './folder.ts'

const address = `127.0.0.1:${ports().argocd}`

/** The output of a command, and whether it succeeded. */
export interface Outcome {
  ok: boolean
  output: string
}

async function argocd(args: string[]): Promise<Outcome> {
  const { exitCode, all } = await tool('argocd', args, { all: true, reject: false })
  return { ok: exitCode === 0, output: String(all) }
}

export class ArgoCdCli {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Logs in as the administrator with the generated password. */
  static async login(): Promise<ArgoCdCli> {
    const cli = new ArgoCdCli(temporaryFolder())
    const credentials = ['--username=admin', `--password=${await argoCdPassword()}`]
    const { ok, output } = await cli.run('login', address, '--plaintext', ...credentials)
    if (!ok) throw new Error(output)
    return cli
  }

  run(...args: string[]): Promise<Outcome> {
    return argocd([...args, '--config', join(this.#folder, 'config')])
  }

  /** Generates a token of another account, valid for ten minutes. */
  async token(account: string): Promise<string> {
    const { output } = await this.run('account', 'generate-token', '--account', account, '--expires-in', '10m')
    return output.trim()
  }

  /** Runs a command as another account. */
  async runAs(account: string, ...args: string[]): Promise<Outcome> {
    const who = ['--server', address, '--plaintext', '--auth-token', await this.token(account)]
    return argocd([...args, ...who, '--config', join(this.#folder, 'none')])
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true })
  }
}

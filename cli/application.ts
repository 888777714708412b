/** An Application of Argo CD, as far as it is shown. The dashboard's page needs it, too, so nothing is imported here. */
export interface Application {
  name: string
  sync: string
  /** Argo CD's word, or Aborted. */
  health: string
  /** Commit that it was last compared with. */
  revision: string
  /** Why it is not in sync or not healthy, when Argo CD says so. */
  message: string
}

/** While a canary waits to be promoted (Suspended), and after it was aborted, all is well, too. */
const good = ['Healthy', 'Suspended', 'Aborted']

export function isWell({ sync, health }: Application): boolean {
  return sync === 'Synced' && good.includes(health)
}

/** The fields of an Application of Argo CD that we show. The dashboard's page uses this file too, so it imports nothing. */
export interface Application {
  name: string
  sync: string
  /** Argo CD's health, or Aborted. */
  health: string
  /** Commit with which Argo CD last compared it. */
  revision: string
  /** Argo CD's reason when it is not in sync or not healthy. */
  message: string
}

/** A canary that waits for its promotion (Suspended), or that was aborted, is no problem. */
const good = ['Healthy', 'Suspended', 'Aborted']

export function isWell({ sync, health }: Application): boolean {
  return sync === 'Synced' && good.includes(health)
}

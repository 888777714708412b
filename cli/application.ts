/** An Application of Argo CD, as far as it is shown. The dashboard's page needs it, too, so nothing is imported here. */
export interface Application {
  name: string
  sync: string
  health: string
  /** Commit that it was last compared with. */
  revision: string
  /** Why it is not in sync or not healthy, when Argo CD says so. */
  message: string
}

/** A canary that waits to be promoted is Suspended, and all is well. */
export function isWell({ sync, health }: Application): boolean {
  return sync === 'Synced' && (health === 'Healthy' || health === 'Suspended')
}

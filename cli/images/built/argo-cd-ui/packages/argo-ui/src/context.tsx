import type * as H from 'history'
import { createContext } from 'react'
import type { match } from 'react-router'
import type { NotificationsApi, PopupApi } from './components'

export interface AppContext {
  router: { history: H.History; route: { location: H.Location; match: match<object> } }
  apis: { popup: PopupApi; notifications: NotificationsApi }
  history: H.History
}

export const AppContextReact = createContext<AppContext | null>(null)

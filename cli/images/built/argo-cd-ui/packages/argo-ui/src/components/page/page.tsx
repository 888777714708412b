import './page.scss'
import classNames from 'classnames'
import * as React from 'react'
import { Helmet } from 'react-helmet'
import type { Observable } from 'rxjs'
import { type Toolbar, TopBar } from '../top-bar/top-bar'
import { Utils } from '../utils'

export const PageContext = React.createContext({ title: 'Argo' })

interface PageProps {
  title: string
  toolbar?: Toolbar | Observable<Toolbar>
  topBarTitle?: string
  /** The title of the browser's tab is this page's title, in place of the breadcrumbs. */
  useTitleOnly?: boolean
  children?: React.ReactNode
}

export function Page({ title, toolbar: given, topBarTitle, useTitleOnly, children }: PageProps) {
  const [toolbar, setToolbar] = React.useState<Toolbar>()
  const application = React.useContext(PageContext).title
  React.useEffect(() => {
    if (!given) return
    const subscription = Utils.toObservable(given).subscribe(setToolbar)
    return () => subscription.unsubscribe()
  }, [given])
  const breadcrumbs = useTitleOnly ? [] : (toolbar?.breadcrumbs ?? [])
  const path = breadcrumbs.map((breadcrumb) => breadcrumb.title).reverse()
  return (
    <div className={classNames('page', { 'page--has-toolbar': given })}>
      <Helmet>
        <title>{`${path.join(' / ') || title} - ${application}`}</title>
      </Helmet>
      {toolbar && (
        <div className="page__top-bar">
          <TopBar title={topBarTitle ?? title} toolbar={toolbar} />
        </div>
      )}
      <div className="page__content-wrapper">{children}</div>
    </div>
  )
}

import './top-bar.scss'
import * as React from 'react'
import { Link } from 'react-router-dom'
import { DropDownMenu } from '../dropdown-menu'

interface Action {
  title: React.ReactNode
  action: () => unknown
  iconClassName?: string
  qeId?: string
  disabled?: boolean
}

/** A button with a menu of other actions. */
export type SplitButtonAction = Action & { subActions: { title: string; action: () => unknown }[] }

interface Breadcrumb {
  title: React.ReactNode
  path?: string
}

export interface Toolbar {
  breadcrumbs?: Breadcrumb[]
  actionMenu?: { className?: string; items: (Action | SplitButtonAction)[] }
  tools?: React.ReactNode
}

function Breadcrumbs({ items }: { items: Breadcrumb[] }) {
  const last = items.length - 1
  return (
    <div className="top-bar__breadcrumbs">
      {items.map(({ title, path }, index) =>
        index < last ? (
          <React.Fragment key={path}>
            <Link to={path ?? ''}>{title}</Link>
            <span className="top-bar__sep" />
          </React.Fragment>
        ) : (
          <span key="last" className="top-bar__breadcrumbs-last-item">
            {title}
          </span>
        ),
      )}
    </div>
  )
}

function ActionButton({ title, action, iconClassName, qeId, disabled }: Action) {
  return (
    <button
      type="button"
      className="argo-button argo-button--base"
      qe-id={qeId}
      disabled={disabled}
      onClick={() => action()}
    >
      {iconClassName && <i className={iconClassName} />}
      {title}
    </button>
  )
}

const MoreAnchor = () => (
  <button type="button" className="argo-button argo-button--base" aria-label="More">
    <i className="fa fa-caret-down" />
  </button>
)

function Actions({ items }: { items: (Action | SplitButtonAction)[] }) {
  return (
    <div>
      {items.map((item, index) =>
        'subActions' in item ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: upstream's actions have no other name.
          <span key={index} className="argo-split-button">
            <ActionButton {...item} />
            <DropDownMenu anchor={MoreAnchor} items={item.subActions} />
          </span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: upstream's actions have no other name.
          <ActionButton key={index} {...item} />
        ),
      )}
    </div>
  )
}

/** A row with the page's breadcrumbs and title; below it, one with its actions and tools. */
export function TopBar({ title, toolbar }: { title: string; toolbar: Toolbar }) {
  return (
    <div>
      <div className="top-bar">
        <div className="row">
          <div className="columns top-bar__left-side">
            <Breadcrumbs items={toolbar.breadcrumbs ?? []} />
          </div>
          <div className="top-bar__title text-truncate top-bar__right-side">{title}</div>
        </div>
      </div>
      <div className="top-bar row">
        <div className="columns top-bar__left-side">
          {toolbar.actionMenu && <Actions items={toolbar.actionMenu.items.filter(Boolean)} />}
        </div>
        <div className="columns shrink top-bar__right-side">{toolbar.tools}</div>
      </div>
    </div>
  )
}

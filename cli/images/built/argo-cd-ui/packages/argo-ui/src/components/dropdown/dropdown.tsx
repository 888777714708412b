import './dropdown.scss'
import classNames from 'classnames'
import * as React from 'react'
import { createPortal } from 'react-dom'

interface DropDownProps {
  anchor: React.ComponentType
  /** If it is a function, the menu calls it only while it is open. */
  children?: React.ReactNode | (() => React.ReactNode)
  isMenu?: boolean
  qeId?: string
  onOpenStateChange?: (isOpen: boolean) => void
  ref?: React.Ref<{ close(): void }>
}

/** Pixels between the anchor and the menu. */
const gap = 2

/** Below the anchor and to its right, or above and to its left where the window ends. */
function placeBeside(anchor: Element, content: HTMLElement) {
  const { top, bottom, left, right } = anchor.getBoundingClientRect()
  const { offsetHeight, offsetWidth } = content
  const isBelow = bottom + gap + offsetHeight <= window.innerHeight
  const isRight = left + offsetWidth <= window.innerWidth
  content.style.top = `${isBelow ? bottom + gap : top - gap - offsetHeight}px`
  content.style.left = `${isRight ? left : right - offsetWidth}px`
}

export function DropDown({ anchor: Anchor, children, isMenu, qeId, onOpenStateChange, ref }: DropDownProps) {
  const [isOpen, setOpen] = React.useState(false)
  const anchor = React.useRef<HTMLDivElement>(null)
  const content = React.useRef<HTMLDivElement>(null)
  const change = (next: boolean) => {
    setOpen(next)
    onOpenStateChange?.(next)
  }
  const latest = React.useRef(change)
  latest.current = change
  React.useImperativeHandle(ref, () => ({ close: () => latest.current(false) }), [])
  React.useLayoutEffect(() => {
    if (isOpen && anchor.current && content.current) placeBeside(anchor.current, content.current)
  })
  React.useEffect(() => {
    if (!isOpen) return
    const close = ({ target }: Event) => {
      const isInside = [anchor, content].some(({ current }) => current?.contains(target as Node))
      if (!isInside) latest.current(false)
    }
    // In the capture phase: the clicked element may stop the event, and scroll events do not bubble.
    for (const type of ['click', 'scroll']) document.addEventListener(type, close, true)
    return () => {
      for (const type of ['click', 'scroll']) document.removeEventListener(type, close, true)
    }
  }, [isOpen])
  return (
    <div className="argo-dropdown">
      {/* biome-ignore lint/a11y: the anchor is a component of the page's, which can have the focus. */}
      <div
        ref={anchor}
        className="argo-dropdown__anchor"
        qe-id={qeId}
        onClick={(event) => {
          event.stopPropagation()
          change(true)
        }}
      >
        <Anchor />
      </div>
      {createPortal(
        <div ref={content} className={classNames('argo-dropdown__content', { opened: isOpen, 'is-menu': isMenu })}>
          {typeof children === 'function' ? isOpen && children() : children}
        </div>,
        document.body,
      )}
    </div>
  )
}

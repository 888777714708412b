import 'tippy.js/dist/tippy.css'
import 'tippy.js/themes/light.css'
import * as React from 'react'
import { createPortal } from 'react-dom'
import tippy, { type Placement } from 'tippy.js'

interface TooltipProps {
  children?: React.ReactNode
  content?: React.ReactNode
  className?: string
  enabled?: boolean
  hideOnClick?: boolean
  interactive?: boolean
  /** Light on a dark page. */
  inverted?: boolean
  maxWidth?: number | string
  placement?: Placement
  /** Shows or hides it, whatever the mouse does. */
  visible?: boolean
  zIndex?: number
}

/** Tippy needs an HTML element as its anchor. */
function asElement(children: React.ReactNode): React.ReactElement<{ ref?: React.Ref<Element> }> {
  const isElement = React.isValidElement<object>(children) && typeof children.type === 'string'
  return isElement ? children : <span>{children}</span>
}

function assign(ref: React.Ref<Element> | undefined, element: Element | null) {
  if (typeof ref === 'function') ref(element)
  else if (ref) ref.current = element
}

/** Renders its content only while it is visible. */
export function Tooltip(props: TooltipProps) {
  const { children, content, className, inverted, visible, enabled = true } = props
  const { hideOnClick = true, interactive = false, maxWidth = 350, placement = 'top', zIndex = 9999 } = props
  const [target, setTarget] = React.useState<Element | null>(null)
  const [shownIn, setShownIn] = React.useState<Element | null>(null)
  const isEnabled = enabled && content !== undefined && content !== null && content !== ''
  React.useEffect(() => {
    if (!target || !isEnabled) return
    const box = document.createElement('div')
    if (className) box.className = className
    const instance = tippy(target, {
      content: box,
      hideOnClick,
      interactive,
      maxWidth,
      placement,
      zIndex,
      ...(visible !== undefined && { trigger: 'manual', showOnCreate: visible }),
      ...(inverted && { theme: 'light' }),
      appendTo: () => document.body,
      onShow: () => setShownIn(box),
      onHidden: () => setShownIn(null),
    })
    return () => {
      instance.destroy()
      setShownIn(null)
    }
  }, [target, isEnabled, className, hideOnClick, interactive, maxWidth, placement, zIndex, inverted, visible])
  const element = asElement(children)
  const own = element.props.ref
  // The same function for the same reference: React calls a new function after each rendering.
  const ref = React.useCallback(
    (found: Element | null) => {
      setTarget(found)
      assign(own, found)
    },
    [own],
  )
  return (
    <>
      {React.cloneElement(element, { ref })}
      {shownIn && createPortal(content, shownIn)}
    </>
  )
}

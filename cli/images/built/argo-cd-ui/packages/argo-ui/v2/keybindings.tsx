import * as React from 'react'

/** Their names in KeyboardEvent's `key` and `code`. */
export const Key = {
  ENTER: 'Enter',
  ESCAPE: 'Escape',
  SLASH: '/',
  UP: 'ArrowUp',
  DOWN: 'ArrowDown',
  LEFT: 'ArrowLeft',
  RIGHT: 'ArrowRight',
} as const
const digits = [...'0123456789']
export const NumKey = Object.fromEntries(digits.map((digit) => [digit, `Digit${digit}`]))
export const NumPadKey = Object.fromEntries(digits.map((digit) => [digit, `Numpad${digit}`]))
export type NumKey = string
export type NumPadKey = string

export const NumKeyToNumber = (key: string) => Number(key.at(-1))

interface Binding {
  keys: string | string[]
  /** Returns whether it has handled the key. */
  action: (key: string) => boolean
}

const bindings = new Set<{ current: Binding }>()

function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
  )
}

function onKeyDown(event: KeyboardEvent) {
  if (event.ctrlKey || event.metaKey || event.altKey || (isTyping(event) && event.key !== Key.ESCAPE)) return
  // The component that React rendered last handles the key first.
  for (const { current } of [...bindings].reverse()) {
    const key = [current.keys].flat().find((name) => name === event.key || name === event.code)
    if (key === undefined || !current.action(key)) continue
    event.preventDefault()
    return
  }
}

function useKeybinding(binding: Binding) {
  const latest = React.useRef(binding)
  latest.current = binding
  React.useEffect(() => {
    bindings.add(latest)
    return () => {
      bindings.delete(latest)
    }
  }, [])
}

export const KeybindingContext = React.createContext({ useKeybinding })

export function KeybindingProvider({ children }: { children?: React.ReactNode }) {
  React.useEffect(() => {
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
  return <>{children}</>
}

/** A position among that many items, -1 at first; a function that moves it, and returns whether it could; and one that resets it. */
export function useNav(count: number): [number, (steps: number) => boolean, () => void] {
  const [position, setPosition] = React.useState(-1)
  const move = (steps: number) => {
    const next = position + steps
    const isThere = next >= 0 && next < count
    if (isThere) setPosition(next)
    return isThere
  }
  return [position, move, () => setPosition(-1)]
}

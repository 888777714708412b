/** The part of argo-ui's second generation that Argo CD's pages use; npm has no release of it for their React. */
import moment from 'moment'
import * as React from 'react'
import { Autocomplete as BaseAutocomplete } from '../src/components/autocomplete/autocomplete'
import { Checkbox as BaseCheckbox } from '../src/components/checkbox'
import { Tooltip } from '../src/components/tooltip/tooltip'

export * from './keybindings'
export { Tooltip }

export const ago = (date: Date) => moment(date).fromNow()

interface CheckboxProps {
  value?: boolean
  onChange?: (value: boolean) => void
  style?: React.CSSProperties
}

export function Checkbox({ value = false, onChange, style }: CheckboxProps) {
  return (
    <span style={style}>
      <BaseCheckbox checked={value} onChange={onChange} />
    </span>
  )
}

interface ActionButtonProps {
  action?: (event: React.MouseEvent) => unknown
  label?: string
  icon?: string
  tooltip?: React.ReactNode
  disabled?: boolean
}

export function ActionButton({ action, label, icon, tooltip, disabled }: ActionButtonProps) {
  return (
    <Tooltip content={tooltip}>
      <button type="button" className="argo-button argo-button--base-o" disabled={disabled} onClick={action}>
        {icon && <i className={icon} />} {label}
      </button>
    </Tooltip>
  )
}

interface AutocompleteProps {
  items: string[]
  /** Texts to show in place of items. */
  abbreviations?: Map<string, string>
  value?: string
  placeholder?: string
  onChange?: (event: React.ChangeEvent<HTMLInputElement>) => void
  onItemClick?: (item: string) => void
  style?: React.CSSProperties
  inputStyle?: React.CSSProperties
}

/** Enter chooses a suggestion or, with '', the typed text. */
export function Autocomplete(props: AutocompleteProps) {
  const { items, abbreviations, value, placeholder, onChange, onItemClick, style, inputStyle } = props
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' && !event.defaultPrevented && value) onItemClick?.('')
  }
  return (
    <BaseAutocomplete
      filterSuggestions={true}
      items={items.map((item) => ({ value: item, label: abbreviations?.get(item) ?? item }))}
      value={value}
      onChange={onChange}
      onSelect={(_, item) => onItemClick?.(item.value)}
      wrapperProps={{ style, onKeyDown }}
      inputProps={{ className: 'argo-field autocomplete-input', placeholder, style: inputStyle }}
    />
  )
}

interface Failure {
  state: boolean
  retry: () => void
}

/** The value of a promise, undefined or `init` until it resolves; whether it is pending; and whether it has failed. */
export function useData<T>(
  load: () => Promise<T>,
  init?: T,
  onLoad?: (data: T) => void,
  dependencies: React.DependencyList = [],
): [T | undefined, boolean, Failure] {
  const [data, setData] = React.useState(init)
  const [state, setState] = React.useState<'loading' | 'loaded' | 'failed'>('loading')
  const [attempt, setAttempt] = React.useState(0)
  React.useEffect(() => {
    let isWanted = true
    const unlessGone = (run: () => void) => isWanted && run()
    setState('loading')
    load().then(
      (found) =>
        unlessGone(() => {
          setData(found)
          setState('loaded')
          onLoad?.(found)
        }),
      () => unlessGone(() => setState('failed')),
    )
    return () => {
      isWanted = false
    }
  }, [attempt, ...dependencies])
  const retry = () => setAttempt((last) => last + 1)
  return [data, state === 'loading', { state: state === 'failed', retry }]
}

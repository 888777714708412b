import classNames from 'classnames'
import * as React from 'react'

export interface AutocompleteApi {
  refresh(): unknown
}

export interface AutocompleteOption {
  value: string
  label?: string
}

type InputProps = React.ComponentProps<'input'>

export interface AutocompleteProps {
  items: (AutocompleteOption | string)[]
  value?: string
  inputProps?: InputProps
  wrapperProps?: React.ComponentProps<'div'>
  renderInput?: (props: InputProps) => React.ReactNode
  renderItem?: (item: Required<AutocompleteOption>) => React.ReactNode
  onChange?: (event: React.ChangeEvent<HTMLInputElement>, value: string) => void
  onSelect?: (label: string, item: Required<AutocompleteOption>) => void
  autoCompleteRef?: (api: AutocompleteApi) => unknown
  filterSuggestions?: boolean
  qeid?: string
}

const asOption = (item: AutocompleteOption | string): Required<AutocompleteOption> =>
  typeof item === 'string' ? { value: item, label: item } : { value: item.value, label: item.label ?? item.value }

/** Pixels that the menu needs; with fewer below the input it opens above. */
const menuHeight = 320

function hasRoomBelow(input: HTMLInputElement): boolean {
  const { top, bottom } = input.getBoundingClientRect()
  return window.innerHeight - bottom > menuHeight || top < menuHeight
}

/** An input with suggestions, which users choose with the mouse, or with the arrow keys and Enter. */
export function Autocomplete(props: AutocompleteProps) {
  const input = React.useRef<HTMLInputElement>(null)
  const [opens, setOpens] = React.useState<'below' | 'above'>()
  const [active, setActive] = React.useState(-1)
  // Some pages pass the new value down only after they have loaded data for it.
  const [typed, setTyped] = React.useState(props.value ?? '')
  React.useEffect(() => setTyped(props.value ?? ''), [props.value])

  const all = (props.items ?? []).map(asOption)
  const matches = ({ label }: { label: string }) => label.toLowerCase().includes(typed.toLowerCase())
  const items = props.filterSuggestions ? all.filter(matches) : all

  const open = () => input.current && setOpens(hasRoomBelow(input.current) ? 'below' : 'above')
  const close = () => {
    setOpens(undefined)
    setActive(-1)
  }
  const select = (item: Required<AutocompleteOption>) => {
    close()
    props.onSelect?.(item.label, item)
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: items.length - 1 }[event.key]
    const chosen = items[active]
    if (event.key === 'Enter' || event.key === 'Escape') close()
    if (event.key === 'Enter' && chosen) select(chosen)
    else if (step !== undefined && items.length > 0) {
      open()
      setActive((Math.max(active, step === 1 ? -1 : 0) + step) % items.length)
    } else return
    event.preventDefault()
  }

  const { autoCompleteRef } = props
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as a reference: pages give a new function each time.
  React.useEffect(() => {
    autoCompleteRef?.({ refresh: () => input.current === document.activeElement && open() })
  }, [])

  const inputProps: InputProps = {
    ...props.inputProps,
    // A function, because pages call it in a reference of their own.
    ref: (element) => {
      input.current = element
    },
    role: 'combobox',
    autoComplete: 'off',
    'aria-expanded': opens !== undefined,
    value: typed,
    onChange: (event) => {
      setTyped(event.target.value)
      setActive(-1)
      open()
      props.onChange?.(event, event.target.value)
    },
    onFocus: open,
    onClick: open,
    onBlur: close,
    onKeyDown,
  }
  return (
    <div {...props.wrapperProps} className={classNames('select', props.wrapperProps?.className)}>
      {props.renderInput ? props.renderInput(inputProps) : <input {...inputProps} qe-id={props.qeid} />}
      {opens && items.length > 0 && (
        <div role="listbox" className={classNames('autocomplete-menu', `autocomplete-menu--${opens}`)}>
          {items.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the focus, and handles the keys.
            <div
              key={item.value}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className={classNames('select__option', { selected: index === active })}
              // The input keeps the focus, whose loss would close the menu before the click.
              onMouseDown={(event) => event.preventDefault()}
              onMouseEnter={() => setActive(index)}
              onClick={() => select(item)}
            >
              {props.renderItem?.(item) ?? item.label}
            </div>
          ))}
        </div>
      )}
    </div>
  )
}

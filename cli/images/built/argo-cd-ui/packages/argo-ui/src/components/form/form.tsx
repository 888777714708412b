/** The part of react-form 2 that Argo CD's pages use, without React's legacy context. */
import * as React from 'react'

// biome-ignore lint/suspicious/noExplicitAny: upstream's pages read a field's value as whatever they wrote into it.
export type FormValue = any
export type FormValues = Record<string, FormValue>
export type FormErrors = Record<string, FormValue>
export type Nested<T> = { [name: string]: T | Nested<T> }
export type RenderReturn = React.ReactNode
export type ValidateValuesFunction = (values: FormValues) => FormErrors

export interface FormState {
  values: FormValues
  touched: Record<string, boolean | undefined>
  errors: FormErrors
}

export interface FormApi extends FormState {
  setValue(field: string, value: FormValue): void
  setAllValues(values: FormValues): void
  setTouched(field: string, touched?: boolean): void
  setError(field: string, error: FormValue): void
  getFormState(): FormState
  setFormState(state: Partial<FormState>): void
  resetAll(): void
  submitForm(event?: { preventDefault?(): void } | null): void
}
export type FormFunctionProps = FormApi

export interface FieldApi {
  fieldName: string
  getValue(): FormValue
  setValue(value: FormValue): void
  getError(): FormValue
  setError(error: FormValue): void
  getTouched(): boolean
  setTouched(touched?: boolean): void
}

export interface FormProps {
  children?: React.ReactNode | ((api: FormApi) => React.ReactNode)
  defaultValues?: FormValues
  getApi?: (api: FormApi) => unknown
  preSubmit?: (values: FormValue) => FormValue
  validateError?: (values: FormValue) => FormErrors
  onSubmit?: (values: FormValue, event: unknown, api: FormApi) => unknown
  onSubmitFailure?: (errors: FormErrors) => unknown
  formDidUpdate?: (state: FormState) => unknown
}

/** 'spec.sources[0].path' names the same field as 'spec.sources.0.path'. */
const keysOf = (field: string) => field.split(/[.[\]]+/).filter((key) => key !== '')

export function getField(values: FormValue, field: string): FormValue {
  return keysOf(field).reduce((value, key) => value?.[key], values)
}

/** A copy of the values with another one in that field; objects beside its path stay the same. */
function withField(values: FormValue, [key, ...rest]: string[], value: FormValue): FormValue {
  if (key === undefined) return value
  const copy = Array.isArray(values) ? [...values] : { ...values }
  copy[key] = withField(copy[key], rest, value)
  return copy
}

const present = (errors: FormErrors): FormErrors =>
  Object.fromEntries(Object.entries(errors).filter(([, error]) => error))
const isEmpty = (errors: FormErrors) => Object.keys(errors).length === 0

/** A form's state and the methods that change it. They are fields, because pages pass them on without their object. */
class Store implements FormApi {
  values: FormValues
  touched: FormState['touched'] = {}
  errors: FormErrors = {}
  props: FormProps = {}
  changed = () => {}
  /** Forms within this one, by the field that has their values. */
  readonly nested = new Map<string, Store>()

  constructor(values: FormValues) {
    this.values = values
  }

  setValue = (field: string, value: FormValue) =>
    this.update({ values: withField(this.values, keysOf(field), value) }, true)
  setAllValues = (values: FormValues) => this.update({ values: { ...values } }, true)
  setTouched = (field: string, touched = true) => this.update({ touched: { ...this.touched, [field]: touched } }, true)
  setError = (field: string, error: FormValue) => this.update({ errors: { ...this.errors, [field]: error } })
  getFormState = () => ({ values: this.values, touched: this.touched, errors: this.errors })
  setFormState = (state: Partial<FormState>) => this.update(state)
  resetAll = () => this.update({ values: { ...this.props.defaultValues }, touched: {}, errors: {} })

  submitForm = (event: { preventDefault?(): void } | null = null) => {
    event?.preventDefault?.()
    const values = this.props.preSubmit?.(this.values) ?? this.values
    const errors = this.mistakes(values)
    const touched = Object.fromEntries(Object.keys(errors).map((field) => [field, true]))
    this.update({ errors, touched: { ...this.touched, ...touched } })
    if (isEmpty(errors)) this.props.onSubmit?.(values, event, this)
    else this.props.onSubmitFailure?.(errors)
  }

  private mistakes(values: FormValues): FormErrors {
    const nested = [...this.nested].filter(([, { errors }]) => !isEmpty(errors))
    const own = this.props.validateError?.(values) ?? {}
    return { ...present(own), ...Object.fromEntries(nested.map(([field, { errors }]) => [field, errors])) }
  }

  private update(state: Partial<FormState>, validate = false) {
    Object.assign(this, state)
    if (validate && (this.props.validateError || this.nested.size > 0)) this.errors = this.mistakes(this.values)
    this.changed()
    this.props.formDidUpdate?.(this.getFormState())
  }
}

interface Within {
  outer: Store
  field: string
}

/** Keeps that field of the outer form at the values of the inner one, until the caller calls the function that it returns. */
function joinForms(inner: Store, { outer, field }: Within): () => void {
  const handUp = () => outer.setValue(field, inner.values)
  const own = inner.changed
  inner.changed = () => {
    own()
    handUp()
  }
  outer.nested.set(field, inner)
  handUp()
  return () => {
    inner.changed = own
    outer.nested.delete(field)
  }
}

// Each wraps its store in a new object after every change, so that React renders the fields below again.
const FormContext = React.createContext<{ store: Store } | null>(null)
const NestedContext = React.createContext<Within | null>(null)

export function Form(props: FormProps) {
  const within = React.useContext(NestedContext)
  const [store] = React.useState(
    () => new Store({ ...props.defaultValues, ...(within && getField(within.outer.values, within.field)) }),
  )
  const [version, setVersion] = React.useState(0)
  store.props = props
  React.useEffect(() => {
    store.changed = () => setVersion((last) => last + 1)
    store.props.getApi?.(store)
    return () => {
      store.changed = () => {}
    }
  }, [store])
  React.useEffect(() => (within ? joinForms(store, within) : undefined), [store, within])
  const { children } = props
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what is in the store.
  const context = React.useMemo(() => ({ store }), [store, version])
  return (
    <NestedContext.Provider value={null}>
      <FormContext.Provider value={context}>
        {typeof children === 'function' ? children(store) : children}
      </FormContext.Provider>
    </NestedContext.Provider>
  )
}

/** Gives the form within it the values of a field, and that field the form's values. */
export function NestedForm({ field, children }: { field: string; children?: React.ReactNode }) {
  const outer = React.useContext(FormContext)?.store
  if (!outer) throw new Error('NestedForm must be used inside <Form>')
  const within = React.useMemo(() => ({ outer, field }), [outer, field])
  return <NestedContext.Provider value={within}>{children}</NestedContext.Provider>
}

function fieldApiOf(api: FormApi, field: string): FieldApi {
  return {
    fieldName: field,
    getValue: () => getField(api.values, field),
    setValue: (value) => api.setValue(field, value),
    getError: () => api.errors[field],
    setError: (error) => api.setError(field, error),
    getTouched: () => api.touched[field] === true,
    setTouched: (touched = true) => api.setTouched(field, touched),
  }
}

type AnyProps = Record<string, FormValue>

function Connected({ component: Component, field, formApi, ...rest }: AnyProps) {
  const api = React.useContext(FormContext)?.store ?? formApi
  if (!api) throw new Error('FormField components must be used inside <Form> or be passed formApi')
  return <Component {...rest} field={field} fieldApi={fieldApiOf(api, field)} />
}

/** Gives a component the property fieldApi, by which it reads and writes a field of the form around it. */
// biome-ignore lint/suspicious/noExplicitAny: upstream's fields name only those of their properties that they read.
export function FormField(component: React.ComponentType<any>): React.ComponentType<any> {
  return (props: AnyProps) => <Connected {...props} component={component} />
}

/** The field of an HTML element; `of` says which properties show a value, and how an element's value is read. */
function inputField(
  Tag: 'input' | 'textarea',
  of: { show(value: FormValue): AnyProps; read(element: FormValue): FormValue },
) {
  return FormField(({ fieldApi, field: _, qeid, onChange, onBlur, ...rest }: AnyProps) => (
    <Tag
      {...rest}
      {...of.show(fieldApi.getValue())}
      qe-id={qeid}
      onChange={(event: React.ChangeEvent) => {
        fieldApi.setValue(of.read(event.target))
        onChange?.(of.read(event.target), event)
      }}
      onBlur={(event: React.FocusEvent) => {
        fieldApi.setTouched()
        onBlur?.(event)
      }}
    />
  ))
}

const text = { show: (value: FormValue) => ({ value: value ?? '' }), read: (element: FormValue) => element.value }

export const Text = inputField('input', text)
export const TextArea = inputField('textarea', text)
export const Checkbox = inputField('input', {
  show: (value) => ({ type: 'checkbox', checked: Boolean(value) }),
  read: (element) => element.checked,
})

import './form-field.scss'
import classNames from 'classnames'
import * as React from 'react'
import { FormField as connect, type FieldApi, type FormApi, getField } from 'react-form'
import { Select, type SelectProps } from '../select/select'

export { getField as getNestedField } from 'react-form'

interface FormFieldProps {
  label?: string
  field: string
  formApi: FormApi
  // biome-ignore lint/suspicious/noExplicitAny: each field of upstream's has properties of its own.
  component: React.ComponentType<any>
  componentProps?: object
  qeId?: string
}

/** A field with its label and, after the user has touched it, the error in its value. */
export function FormField({ label, field, formApi, component: Field, componentProps, qeId }: FormFieldProps) {
  const id = React.useId()
  const hasValue = Boolean(getField(formApi.values, field))
  const error = formApi.touched[field] && formApi.errors[field]
  return (
    <div className="argo-form-field">
      <Field
        {...componentProps}
        id={id}
        qeid={qeId}
        field={field}
        formApi={formApi}
        className={classNames('argo-field', { 'argo-has-value': hasValue })}
      />
      {label && (
        <label htmlFor={id} className="argo-label-placeholder">
          {label}
        </label>
      )}
      {error && <div className="argo-form-row__error-msg">{error}</div>}
    </div>
  )
}

export const FormSelect = connect(
  ({
    fieldApi,
    className,
    field: _,
    ...rest
  }: SelectProps & { fieldApi: FieldApi; className: string; field: string }) => (
    <div className={classNames(className, 'form-field__select')}>
      <Select
        {...rest}
        value={fieldApi.getValue()}
        onChange={(option) => fieldApi.setValue(option.value)}
        onMultiChange={(options) => fieldApi.setValue(options.map(({ value }) => value))}
      />
    </div>
  ),
)

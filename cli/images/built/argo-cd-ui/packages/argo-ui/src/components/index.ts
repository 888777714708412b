/**
 * The parts of argo-ui that Argo CD's pages import, from its release 1.0.0 (Apache License 2.0). Files in this folder replace
 * those that do not work with the pages' React; they have the same interfaces and class names.
 */
import '../styles/main.scss'
import '../styles/additions.scss'
import { AppContextReact } from '../context'
import { DataLoader as LegacyDataLoader } from './data-loader'

export * as ReactForm from 'react-form'
export {
  type FieldApi,
  Form,
  type FormApi,
  type FormErrors,
  FormField as FormFieldHOC,
  type FormFunctionProps,
  type FormState,
  type FormValue,
  type FormValues,
  type Nested,
  NestedForm,
  Text,
  TextArea,
} from 'react-form'
export * from './autocomplete/autocomplete'
export { AutocompleteField } from './autocomplete/autocomplete-field'
export { Checkbox } from './checkbox'
export { DropDown } from './dropdown/dropdown'
export { DropDownMenu, type DropDownMenuProps, type MenuItem } from './dropdown-menu'
export { Duration } from './duration'
export { ErrorNotification } from './error-notification'
export { FormField, FormSelect, getNestedField } from './form-field/form-field'
export { HelpIcon } from './help-icon/help-icon'
export { MockupList } from './mockup-list/mockup-list'
export * from './navigation'
export * from './notifications/notification-manager'
export * from './notifications/notifications'
export { Page, PageContext } from './page/page'
export * from './popup/popup'
export * from './popup/popup-manager'
export { Select, type SelectOption, type SelectProps } from './select/select'
export { SlidingPanel } from './sliding-panel/sliding-panel'
export { type Tab, Tabs } from './tabs/tabs'
export { Ticker } from './ticker'
export { Tooltip } from './tooltip/tooltip'
export type { SplitButtonAction, Toolbar } from './top-bar/top-bar'
export { Utils } from './utils'

/** Its base class uses the legacy context, which React has removed. */
export class DataLoader<D = object, I = undefined> extends LegacyDataLoader<D, I> {
  static contextTypes = undefined as never
  static contextType = AppContextReact
}

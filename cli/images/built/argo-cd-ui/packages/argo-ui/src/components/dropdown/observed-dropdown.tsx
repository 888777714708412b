import { DropDown as Base, type DropDownProps, type DropDownState } from './dropdown'

/** A drop-down that tells when it opens and closes. */
export class DropDown extends Base {
  declare props: DropDownProps & { onOpenStateChange?: (opened: boolean) => void }

  componentDidUpdate(_: DropDownProps, before: DropDownState) {
    if (before.opened !== this.state.opened) this.props.onOpenStateChange?.(this.state.opened)
  }
}

/** The parts of argo-ui that the dashboard of Argo Rollouts uses, so that its bundle has no others. */
import '../styles/main.scss'

export { DropDown } from './dropdown/dropdown'
export { Duration } from './duration'

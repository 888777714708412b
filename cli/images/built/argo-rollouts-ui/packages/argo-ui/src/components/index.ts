/** All of argo-ui that the dashboard of Argo Rollouts uses; the rest does not go into its bundle. */
import '../styles/main.scss'

export { DropDown } from './dropdown/dropdown'
export { Duration } from './duration'

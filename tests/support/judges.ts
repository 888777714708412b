/** Installs the programs that render and judge manifests, before the tests that need them; without them no test runs. */
import { installJudges } from '../../cli/cmd/check.ts'
import { fail } from '../../cli/errors.ts'

export const setup = () =>
  installJudges().catch((error) => {
    fail(error)
    process.exit()
  })

import { existsSync } from 'node:fs'

/** Path of the machine's Chromium, if it has one. */
export function systemChromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file))
}

import { createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { SignJWT } from 'jose'
import { UserError } from '../errors.ts'
import { jwtIssuer, jwtPrivateKey } from '../system.ts'

/** `npm run token`: returns an administrator's token for web-api's `manage`, valid for an hour. */
export async function token(): Promise<string> {
  if (!existsSync(jwtPrivateKey)) throw new UserError('there is no key yet; start the cluster with: npm start')
  const claims = new SignJWT({ groups: ['admin'] }).setSubject('admin').setIssuer(jwtIssuer)
  const signed = claims.setProtectedHeader({ alg: 'EdDSA' }).setIssuedAt().setExpirationTime('1h')
  return signed.sign(createPrivateKey(readFileSync(jwtPrivateKey)))
}

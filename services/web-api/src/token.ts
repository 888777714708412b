/** Checks the tokens of administrators. */
import { Problem } from '@cloud-native-canary/shared'
import { importSPKI, type JWTPayload, jwtVerify } from 'jose'

/** Asymmetric algorithms only: this service verifies tokens and must not be able to sign them. */
export const algorithms = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const

export interface TokenRules {
  /** Public key in PEM (SPKI). */
  publicKey: string
  algorithm: (typeof algorithms)[number]
  issuer: string
  /** Not checked when undefined. */
  audience?: string | undefined
}

/** Returns the subject of an administrator's `authorization` header; throws a Problem, 401 or 403, for anyone else. */
export type RequireAdmin = (authorization: string | undefined) => Promise<string>

/**
 * Creates a check of signature, algorithm, issuer, audience, expiry, and `admin` in the claim `groups`.
 * @throws when the key does not fit the algorithm
 */
export async function adminCheck({ publicKey, algorithm, issuer, audience }: TokenRules): Promise<RequireAdmin> {
  const key = await importSPKI(publicKey, algorithm)
  const rules = { algorithms: [algorithm], issuer, requiredClaims: ['exp', 'sub'], ...(audience && { audience }) }
  return async (authorization) => {
    const token = /^Bearer +([\w.-]+)$/i.exec(authorization ?? '')?.[1]
    if (!token) throw challenge(401, 'A bearer token is needed', 'Bearer realm="web-api"')
    const { payload } = await jwtVerify(token, key, rules).catch((error: Error) => {
      throw challenge(401, `The token is not valid: ${error.message}`, 'Bearer realm="web-api", error="invalid_token"')
    })
    if (isAdmin(payload)) return payload.sub ?? ''
    throw challenge(403, 'Only administrators may do this', 'Bearer realm="web-api", error="insufficient_scope"')
  }
}

function isAdmin({ groups }: JWTPayload): boolean {
  return Array.isArray(groups) && groups.includes('admin')
}

function challenge(status: number, detail: string, authenticate: string): Problem {
  return new Problem(status, detail, { headers: { 'www-authenticate': authenticate } })
}

/** The Secrets that are nowhere in git: `npm start` generates them, elsewhere your secret store has them. */

/** Keys of each, by its name. */
export const generatedSecrets = {
  'articles-db': ['password'],
  'web-api-jwt': ['public.pem'],
} as const

/** Values for all of them. */
export type GeneratedSecrets = {
  [Name in keyof typeof generatedSecrets]: Record<(typeof generatedSecrets)[Name][number], string>
}

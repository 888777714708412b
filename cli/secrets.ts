/** The Secrets that are not in git: `npm start` generates them; other clusters get them from your secret store. */

/** Keys of each Secret, by its name. */
export const generatedSecrets = {
  'articles-db': ['password'],
  'web-api-jwt': ['public.pem'],
} as const

/** Values of all these keys. */
export type GeneratedSecrets = {
  [Name in keyof typeof generatedSecrets]: Record<(typeof generatedSecrets)[Name][number], string>
}

/** Limits of `npm run load`, so that it overloads no machine and changes no data. */

/** The API's read-only operations, each with the name of the VirtualService's route that matches it. */
export const paths: Record<string, string> = { '/web-api/v1/getmultiple': 'getmultiple', '/openapi': 'openapi' }

/** Maximum requests per second, seconds, and users. */
export const most = { rate: 1000, duration: 900, users: 100_000 }

/** Bounds of `npm run load`, so that it harms no machine and changes nothing. */

/** The API's operations that only read, and the route of the VirtualServices that matches each. */
export const paths: Record<string, string> = { '/web-api/v1/getmultiple': 'getmultiple', '/openapi': 'openapi' }

/** Requests per second, seconds, and users. */
export const most = { rate: 1000, duration: 900, users: 100_000 }

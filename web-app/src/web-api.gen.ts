// Types of web-api's OpenAPI document. Write them with: npx vitest run --project services openapi --update

export type ClientOptions = {
    baseUrl: `${string}://${string}` | (string & {});
};

export type NewArticle = {
    /**
     * Title of the article
     */
    title: string;
    /**
     * URL of the article; characters outside ASCII are percent-encoded
     */
    url: string;
    /**
     * Full name of the author
     */
    author: string;
};

export type Item = {
    id: string;
    title: string;
    url: string;
    authorName: string;
    /**
     * URL of the author's blog; empty when it is not known
     */
    authorBlog: string;
    /**
     * Twitter handle; empty when it is not known
     */
    authorTwitter: string;
};

export type Problem = {
    /**
     * about:blank: the status identifies the problem
     */
    type: string;
    /**
     * Name of the status
     */
    title: string;
    status: number;
    /**
     * What went wrong this time
     */
    detail?: string;
    /**
     * Identifies the request in the logs; absent when the gateway itself returns the response
     */
    requestId?: string;
    /**
     * Each mistake: a JSON pointer into the body, or the name of a query parameter
     */
    errors?: Array<{
        pointer?: string;
        parameter?: string;
        detail: string;
    }>;
};

export type Managed = {
    message: string;
    /**
     * Version of the service that cleared its caches
     */
    version: string;
    /**
     * Subject of the token
     */
    subject: string;
};

export type GetmultipleData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/web-api/v1/getmultiple';
};

export type GetmultipleErrors = {
    /**
     * A dependency is not available; retry after `Retry-After` seconds
     */
    503: Problem;
    /**
     * Any other error
     */
    default: Problem;
};

export type GetmultipleError = GetmultipleErrors[keyof GetmultipleErrors];

export type GetmultipleResponses = {
    /**
     * The articles
     */
    200: Array<Item>;
};

export type GetmultipleResponse = GetmultipleResponses[keyof GetmultipleResponses];

export type CreateData = {
    body: NewArticle;
    path?: never;
    query?: never;
    url: '/web-api/v1/create';
};

export type CreateErrors = {
    /**
     * The request is not valid; `errors` lists each mistake
     */
    400: Problem;
    /**
     * The body is too large
     */
    413: Problem;
    /**
     * The body is not `application/json` in UTF-8, or its content encoding is unknown
     */
    415: Problem;
    /**
     * A dependency is not available; retry after `Retry-After` seconds
     */
    503: Problem;
    /**
     * Any other error
     */
    default: Problem;
};

export type CreateError = CreateErrors[keyof CreateErrors];

export type CreateResponses = {
    /**
     * The article as it is in the list
     */
    201: Item;
};

export type CreateResponse = CreateResponses[keyof CreateResponses];

export type ManageData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/web-api/v1/manage';
};

export type ManageErrors = {
    /**
     * No valid token
     */
    401: Problem;
    /**
     * The token does not permit this
     */
    403: Problem;
    /**
     * Any other error
     */
    default: Problem;
};

export type ManageError = ManageErrors[keyof ManageErrors];

export type ManageResponses = {
    /**
     * Done
     */
    200: Managed;
};

export type ManageResponse = ManageResponses[keyof ManageResponses];

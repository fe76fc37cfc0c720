/**
 * For every client. The SDK puts its steps in order anew for each request unless it is told that nobody changes them
 * (@smithy/core, `SmithyConfiguration.cacheMiddleware`: "0-1ms per request"); nobody does here.
 */
export const CLIENT = { cacheMiddleware: true } as const;

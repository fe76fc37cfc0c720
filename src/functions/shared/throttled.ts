/** True for an answer that says only that there were too many calls: who polls asks again later. */
export function isThrottled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status === 429 || /throttl|too ?many ?requests|limit ?exceeded|rate exceeded|slow ?down/i.test(`${error.name} ${error.message}`);
}

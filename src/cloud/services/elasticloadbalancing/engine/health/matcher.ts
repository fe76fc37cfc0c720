/**
 * Whether a status code is one of `200`, `200,202` or `200-299` ("you can specify values between 200 and 499 … multiple values
 * or a range"); undefined where the matcher is none.
 */
export function matches(matcher: string, status: number): boolean | undefined {
  const ranges = matcher.split(",").map((part) => /^\s*(\d{3})(?:-(\d{3}))?\s*$/.exec(part));
  let found = false;
  for (const range of ranges) {
    if (!range) return undefined;
    const [low, high] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (low < 200 || high > 499 || low > high) return undefined;
    found ||= status >= low && status <= high;
  }
  return found;
}

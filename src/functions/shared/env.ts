/** What a function is told in its environment: member names for the code, variable names for the template. */
export type Names = Record<string, string>;
export type Values<N extends Names> = { readonly [K in keyof N]: string };

/** @throws Error naming every variable that is not there. */
export function readEnv<N extends Names>(names: N, env: Record<string, string | undefined> = process.env): Values<N> {
  const missing = Object.values(names).filter((name) => env[name] === undefined);
  if (missing.length > 0) throw new Error(`the function's environment lacks ${missing.join(", ")}`);
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, env[name]])) as Values<N>;
}

export function writeEnv<N extends Names>(names: N, values: Values<N>): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [name, values[key as keyof N]]));
}

import { nearest, type Path, problem, type Problem } from "./problems.ts";
import { mapScalars, type MapTree, type ScalarTree } from "./tree.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts `${VAR}` in, in values but not in keys; `$${` is a literal `${`. A variable that is not set is a problem; one that is
 * set to nothing is an empty text.
 */
export function interpolate(tree: MapTree, env: Environment): { tree: MapTree; problems: Problem[] } {
  const problems: Problem[] = [];
  const change = (scalar: ScalarTree, path: Path): ScalarTree => {
    if (typeof scalar.value !== "string" || !scalar.value.includes("${")) return scalar;
    const value = scalar.value.replace(/\$\$\{|\$\{([^}]*)(\})?/g, (all, name: string | undefined, end: string | undefined) => {
      if (all === "$${") return "${";
      const found = end && name !== undefined && Object.hasOwn(env, name) ? env[name] : undefined;
      if (found === undefined) problems.push(refusal(scalar, path, name ?? "", end !== undefined, env));
      return found ?? "";
    });
    return { ...scalar, value, interpolated: true };
  };
  return { tree: mapScalars(tree, change) as MapTree, problems };
}

function refusal(scalar: ScalarTree, path: Path, name: string, closed: boolean, env: Environment): Problem {
  const literally = "; for a literal ${ write $${";
  if (!closed) return problem(scalar.at, path, "a ${ without its }", { allowed: `\${NAME}${literally}` });
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return problem(scalar.at, path, `"\${${name}}" is not a variable`, { allowed: `\${NAME}${literally}` });
  const near = nearest(name, Object.keys(env));
  return problem(scalar.at, path, `the environment variable ${name} is not set`, {
    allowed: `a variable that is set${literally}`,
    ...(near === undefined ? {} : { suggestion: `\${${near}}` }),
  });
}

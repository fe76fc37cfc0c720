/** What reads the process environment, in the words of Rouse: `${VAR}`. */

export interface Filled {
  text: string;
  variables: string[];
  /** Variables with a default, which Rouse's `${VAR}` does not have. */
  defaults: { name: string; value: string }[];
}

/** A `${` that means itself. */
export const literal = (text: string): string => text.replaceAll("${", () => "$${");

/**
 * The text of an `!ENV` tag (pyaml_env): `${VAR}` and `${VAR:default}` anywhere in it, or a bare `VAR`.
 * Source: the README of mkaranasou/pyaml_env.
 */
export function fromEnvTag(text: string): Filled {
  if (/^[A-Za-z_]\w*$/.test(text.trim())) return { text: `\${${text.trim()}}`, variables: [text.trim()], defaults: [] };
  const filled: Filled = { text: "", variables: [], defaults: [] };
  filled.text = text.replace(/\$\{([^}{:]+)(?::([^}{]*))?\}/g, (_all, name: string, value: string | undefined) => {
    filled.variables.push(name);
    if (value !== undefined) filled.defaults.push({ name, value });
    return `\${${name}}`;
  });
  return filled;
}

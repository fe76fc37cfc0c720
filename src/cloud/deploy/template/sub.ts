/** `${Name}`, `${Name.Attribute}`; `${!Literal}` stays as `${Literal}` ("Fn::Sub", CloudFormation User Guide). */
const VARIABLE = /\$\{(!?)([^}]*)\}/g;

/** Replaces the variables of a Fn::Sub text. */
export function subVariables(text: string, valueOf: (name: string) => string): string {
  return text.replace(VARIABLE, (_, literal: string, name: string) => (literal ? `\${${name}}` : valueOf(name.trim())));
}

/** The names that a Fn::Sub text uses. */
export function subNames(text: string): string[] {
  return [...text.matchAll(VARIABLE)].filter(([, literal]) => !literal).map(([, , name]) => name!.trim());
}

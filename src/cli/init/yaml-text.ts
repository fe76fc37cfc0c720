/** A text as YAML has it: as it is where that is safe in every place, else in double quotes. */
export function plain(text: string): string {
  const safe = /^[A-Za-z][\w./@-]*(?::[\w.-]+)?$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return safe ? text : JSON.stringify(text);
}

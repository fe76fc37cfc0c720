/** CloudWatch Logs takes at most 1024 characters (CloudWatch Logs API reference, PutSubscriptionFilter, filterPattern). */
const LONGEST_PATTERN = 1024;

/** One label of a host's name (RFC 1123, 2.1). The pattern's syntax has lists and ranges of characters, and no groups. */
const LABEL = "[-0-9A-Za-z]+";

/**
 * A filter pattern for the query log that matches only A queries for exactly this name that were answered: no deeper
 * names, no `_tcp.`, no AAAA. In any case of letters: resolvers may mix cases (draft-vixie-dnsext-dns0x20; Google Public
 * DNS does), and AWS's documentation does not say whether the query log has the name as it was sent.
 *
 * The pattern is space-delimited, a name per field of the log line, with a regular expression for the name (CloudWatch
 * Logs User Guide, "Filter pattern syntax": no groups and no flags, so each letter is a class of its two cases). Of a name
 * too long for that, letters at the end become `.`: the function checks again exactly.
 *
 * @param domain lower case, no dot at the end
 */
export const queryFilter = (domain: string): string => patternOf("", domain);

/**
 * The same for all names that are one label below a zone. Names that are not there are answered with NXDOMAIN, and do not match:
 * who guesses names runs nothing.
 *
 * @param zone lower case, no dot at the end
 */
export const queryFilterBelow = (zone: string): string => patternOf(LABEL, `.${zone}`);

function patternOf(before: string, name: string): string {
  const pattern = (classes: number): string => {
    let letters = 0;
    const matched = name.replaceAll(/[a-z.]/g, (character) => {
      if (character === ".") return String.raw`\.`;
      return ++letters <= classes ? `[${character.toUpperCase()}${character}]` : ".";
    });
    return `[version, time, zone, name = %^${before}${matched}$%, type = "A", code = "NOERROR", ...]`;
  };
  for (let classes = name.length; classes > 0; classes--) {
    const text = pattern(classes);
    if (text.length <= LONGEST_PATTERN) return text;
  }
  return pattern(0);
}

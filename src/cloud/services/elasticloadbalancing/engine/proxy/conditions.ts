import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import ipaddr from "ipaddr.js";
import { wildcard } from "./wildcard.ts";

/** What conditions look at. */
export interface Facts {
  method: string;
  /** As sent, without the query. */
  path: string;
  /** As sent, without `?`; empty when there is none. */
  query: string;
  /** Of the first Host header, or of an absolute URL: without port, in lower case. */
  host: string;
  /** Of the client, not of what X-Forwarded-For says. */
  address: string;
  /** Name, value, name, value, …, as sent. */
  rawHeaders: string[];
}

export type Condition = (facts: Facts) => boolean;

/** Whether all of a rule's conditions are met; each is met by one of its values. */
export function compileConditions(conditions: RuleCondition[]): Condition {
  const all = conditions.map(compile);
  if (all.length === 1) return all[0]!;
  return (facts) => all.every((condition) => condition(facts));
}

type Text = (text: string) => boolean;

type Compile = (condition: RuleCondition) => Condition;

/** Source of each: RuleCondition and the …ConditionConfig types in the API reference; User Guide, "Condition types for listener rules". */
const COMPILE: Record<string, Compile> = {
  "path-pattern": ({ PathPatternConfig, Values, RegexValues }) => {
    const any = anyOf(PathPatternConfig?.Values ?? Values ?? [], PathPatternConfig?.RegexValues ?? RegexValues, { ignoreCase: false });
    return (facts) => any(facts.path);
  },
  "host-header": ({ HostHeaderConfig, Values, RegexValues }) => {
    const any = anyOf(HostHeaderConfig?.Values ?? Values ?? [], HostHeaderConfig?.RegexValues ?? RegexValues, { ignoreCase: true });
    return (facts) => any(facts.host);
  },
  "http-header": ({ HttpHeaderConfig, RegexValues }) => {
    const name = (HttpHeaderConfig?.HttpHeaderName ?? "").toLowerCase();
    const any = anyOf(HttpHeaderConfig?.Values ?? [], HttpHeaderConfig?.RegexValues ?? RegexValues, { ignoreCase: true });
    return ({ rawHeaders }) => rawHeaders.some((text, i) => i % 2 === 0 && text.toLowerCase() === name && any(rawHeaders[i + 1]!));
  },
  "http-request-method": ({ HttpRequestMethodConfig, Values }) => {
    const methods = new Set(HttpRequestMethodConfig?.Values ?? Values);
    return (facts) => methods.has(facts.method);
  },
  "query-string": ({ QueryStringConfig }) => queryString(QueryStringConfig?.Values ?? []),
  "source-ip": ({ SourceIpConfig, Values }) => sourceIp(SourceIpConfig?.Values ?? Values ?? []),
};

function compile(condition: RuleCondition): Condition {
  const make = COMPILE[condition.Field ?? ""];
  if (!make) throw new Error(`a condition on ${condition.Field}`);
  return make(condition);
}

/** Regular expressions may match anywhere in the text; the case counts in them, other than in a host name. */
function anyOf(values: string[], expressions: string[] | undefined, options: { ignoreCase: boolean }): Text {
  const tests: Text[] = values.map((value) => wildcard(value, options));
  for (const expression of expressions ?? []) {
    const compiled = new RegExp(expression, options.ignoreCase ? "i" : "");
    tests.push((text) => compiled.test(text));
  }
  return tests.length === 1 ? tests[0]! : (text) => tests.some((test) => test(text));
}

/** Compared as sent, still percent-encoded. Without a key, the value may be that of any key. */
function queryString(wanted: { Key?: string; Value?: string }[]): Condition {
  const options = { ignoreCase: true, escapes: true };
  const tests = wanted.map(({ Key, Value }) => ({
    key: Key === undefined ? undefined : wildcard(Key, options),
    value: wildcard(Value ?? "", options),
  }));
  return ({ query }) =>
    query !== "" && splitQuery(query).some(([key, value]) => tests.some((test) => (test.key === undefined || test.key(key)) && test.value(value)));
}

/** Keys and values as sent. Empty pieces (`a=1&&b=2`) are left out. */
export function splitQuery(query: string): [key: string, value: string][] {
  return query
    .split("&")
    .filter((piece) => piece !== "")
    .map((piece) => {
      const mark = piece.indexOf("=");
      return mark < 0 ? [piece, ""] : [piece.slice(0, mark), piece.slice(mark + 1)];
    });
}

function sourceIp(ranges: string[]): Condition {
  const parsed = ranges.map((range) => ipaddr.parseCIDR(range));
  return ({ address }) => {
    if (!ipaddr.isValid(address)) return false;
    const ip = ipaddr.process(address);
    return parsed.some(([network, bits]) => network.kind() === ip.kind() && ip.match([network, bits] as never));
  };
}

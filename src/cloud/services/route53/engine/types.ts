/** Numbers of record types and response codes, as in DNS messages (IANA, "Domain Name System (DNS) Parameters"). */

const NUMBERS = `A 1 NS 2 CNAME 5 SOA 6 PTR 12 HINFO 13 MX 15 TXT 16 RP 17 AFSDB 18 SIG 24 KEY 25 AAAA 28 LOC 29 SRV 33 NAPTR 35 CERT 37
  DNAME 39 OPT 41 DS 43 SSHFP 44 RRSIG 46 NSEC 47 DNSKEY 48 NSEC3 50 TLSA 52 CDS 59 CDNSKEY 60 SVCB 64 HTTPS 65 SPF 99 TSIG 250 IXFR 251
  AXFR 252 MAILB 253 MAILA 254 ANY 255 URI 256 CAA 257`;

export const TYPES: Readonly<Record<string, number>> = Object.fromEntries(
  [...NUMBERS.matchAll(/([A-Z0-9]+) (\d+)/g)].map(([, name, number]): [string, number] => [name!, Number(number)]),
);

const NAMES = new Map(Object.entries(TYPES).map(([name, number]) => [number, name]));

/** A type's name; `TYPE123` for one without (RFC 3597). */
export const typeName = (type: number): string => NAMES.get(type) ?? `TYPE${type}`;

export const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type Rcode = keyof typeof RCODES;

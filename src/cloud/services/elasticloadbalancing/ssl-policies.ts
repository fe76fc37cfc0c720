import type { SslPolicy } from "@aws-sdk/client-elastic-load-balancing-v2";

/*
 * "Security policies for your Application Load Balancer" (ALB guide): the TLS policies but for the FIPS and forward secrecy ones.
 * PQ policies have the ciphers of their namesakes; what differs is the key exchange.
 */

/** The policy of an HTTPS listener that names none: CreateListener's default, whoever calls it but the console. */
export const DEFAULT_SSL_POLICY = "ELBSecurityPolicy-2016-08";

const both = (suite: string): string[] => [`ECDHE-ECDSA-${suite}`, `ECDHE-RSA-${suite}`];

const TLS13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const GCM = [...both("AES128-GCM-SHA256"), ...both("AES256-GCM-SHA384")];
const ECDHE = [...both("AES128-GCM-SHA256"), ...both("AES128-SHA256"), ...both("AES256-GCM-SHA384"), ...both("AES256-SHA384")];
const RSA = ["AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"];
const ALL = [
  ...["AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA384", "AES256-SHA"].flatMap(both),
  ...["AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"],
];

const VERSIONS = ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1"];
const from = (newest: string, oldest: string): string[] => VERSIONS.slice(VERSIONS.indexOf(newest), VERSIONS.indexOf(oldest) + 1);

const policy = (Name: string, SslProtocols: string[], ciphers: string[]): SslPolicy => ({
  Name,
  SslProtocols,
  Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
  SupportedLoadBalancerTypes: ["application", "network"],
});

/** A policy of 2021 and the one of 2025 with post-quantum key exchange. */
const pair = (name: string, oldest: string, ciphers: string[], pq = true): SslPolicy[] =>
  [`ELBSecurityPolicy-${name}-2021-06`, ...(pq ? [`ELBSecurityPolicy-${name}-PQ-2025-09`] : [])].map((full) =>
    policy(full, from("TLSv1.3", oldest), [...TLS13, ...ciphers]),
  );

export const SSL_POLICIES: readonly SslPolicy[] = [
  ...pair("TLS13-1-3", "TLSv1.3", []),
  ...pair("TLS13-1-2", "TLSv1.2", ECDHE),
  ...pair("TLS13-1-2-Res", "TLSv1.2", GCM),
  ...pair("TLS13-1-2-Ext1", "TLSv1.2", [...ECDHE, ...RSA]),
  ...pair("TLS13-1-2-Ext2", "TLSv1.2", ALL),
  ...pair("TLS13-1-1", "TLSv1.1", ALL, false),
  ...pair("TLS13-1-0", "TLSv1", ALL),
  policy("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", ["TLSv1.2"], ALL),
  policy("ELBSecurityPolicy-TLS-1-2-2017-01", ["TLSv1.2"], [...ECDHE, ...RSA]),
  policy("ELBSecurityPolicy-TLS-1-1-2017-01", from("TLSv1.2", "TLSv1.1"), ALL),
  policy(DEFAULT_SSL_POLICY, from("TLSv1.2", "TLSv1"), ALL),
];

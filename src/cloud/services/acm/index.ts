import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, CertificatesPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import { access } from "./access.ts";
import { Authority } from "./engine/authority.ts";
import { Issuer } from "./engine/issuer.ts";
import { KeyFiles } from "./engine/key-files.ts";
import * as certificateOperations from "./operations/certificates.ts";
import { DescribeCertificate } from "./operations/describe-certificate.ts";
import { ImportCertificate } from "./operations/import-certificate.ts";
import { RequestCertificate } from "./operations/request-certificate.ts";
import * as tagOperations from "./operations/tags.ts";
import { certificateByArn } from "./state.ts";

export interface AcmDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** For the records in hosted zones, and for load balancers that use certificates. */
  api: Api;
  /** `ca/` in it has the certificate authority and the private keys. */
  dataDir: string;
}

/** What the operations need, made once. */
export interface AcmParts extends AcmDeps {
  issuer: Issuer;
  keys: KeyFiles;
}

/** AWS Certificate Manager. See README.md for what it has and what it lacks. */
export function createAcm(deps: AcmDeps): Service & CertificatesPort {
  const folder = join(deps.dataDir, "ca");
  const keys = new KeyFiles(join(folder, "keys"));
  const issuer = new Issuer({ ...deps, keys, authority: new Authority(folder, deps.ids) });
  const parts: AcmParts = { ...deps, keys, issuer };
  return {
    name: "acm",
    signingNames: ["acm"],
    sdk: () => import("@aws-sdk/client-acm"),
    protocols: ["awsJson1_1"],
    apiVersion: "2015-12-08",
    operations: bind(parts, { RequestCertificate, DescribeCertificate, ImportCertificate, ...certificateOperations, ...tagOperations }),
    access,
    start: () => issuer.start(),
    stop: () => issuer.stop(),
    reset() {
      issuer.stop();
      keys.clear();
    },
    tls(arn) {
      const { certificate, chain = "" } = certificateByArn(deps.store, arn) ?? {};
      const key = certificate === undefined ? undefined : keys.read(arn);
      return certificate === undefined || key === undefined ? undefined : { key, cert: `${certificate.trimEnd()}\n${chain}` };
    },
    onChange: (listener) => issuer.onChange(listener),
  };
}

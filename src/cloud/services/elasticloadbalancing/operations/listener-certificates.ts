import type {
  AddListenerCertificatesInput,
  AddListenerCertificatesOutput,
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput,
  RemoveListenerCertificatesInput,
  RemoveListenerCertificatesOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { ElbDeps } from "../deps.ts";
import { page, requireListener, validationError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { listeners, listenersOf, type ListenerRow } from "../state.ts";
import { checkCertificate } from "./listeners.ts";

type Deps = Pick<ElbDeps, "store" | "engine" | "certificates">;

function requireHttps({ store }: Pick<Deps, "store">, call: Call, arn: string | undefined): ListenerRow {
  const row = requireListener(store, call, arn);
  if (row.protocol !== "HTTPS") throw validationError("Certificates can only be specified for HTTPS listeners");
  return row;
}

/** One at a time. "If the certificate in already in the certificate list, the call is successful but the certificate is not added again." */
export async function AddListenerCertificates(deps: Deps, input: AddListenerCertificatesInput, call: Call): Promise<AddListenerCertificatesOutput> {
  const row = requireHttps(deps, call, input.ListenerArn);
  const [given, another] = input.Certificates ?? [];
  if (!given || another) throw validationError("Exactly one certificate must be specified");
  if (given.IsDefault !== undefined) throw validationError("IsDefault cannot be specified");
  const arn = checkCertificate(deps, given.CertificateArn);
  if (!row.certificates.includes(arn)) {
    const all = listenersOf(deps.store, call, row.loadBalancerArn).flatMap((one) => one.certificates);
    if (all.length >= LIMITS["certificates-per-application-load-balancer"])
      throw new AwsError("TooManyCertificates", "You've reached the limit on the number of certificates per load balancer");
    listeners(deps.store, call).update(row.arn, { certificates: [...row.certificates, arn] });
    await deps.engine.listenerChanged(call, row.arn);
  }
  return { Certificates: [{ CertificateArn: arn, IsDefault: false }] };
}

export async function RemoveListenerCertificates(
  deps: Deps,
  input: RemoveListenerCertificatesInput,
  call: Call,
): Promise<RemoveListenerCertificatesOutput> {
  const row = requireHttps(deps, call, input.ListenerArn);
  const gone = (input.Certificates ?? []).map(({ CertificateArn }) => CertificateArn);
  const isDefault = gone.find((arn) => arn === row.certificate && !row.certificates.includes(arn!));
  if (isDefault !== undefined) throw new AwsError("OperationNotPermitted", `The default certificate '${isDefault}' cannot be removed`);
  listeners(deps.store, call).update(row.arn, { certificates: row.certificates.filter((arn) => !gone.includes(arn)) });
  await deps.engine.listenerChanged(call, row.arn);
  return {};
}

export function DescribeListenerCertificates(deps: Deps, input: DescribeListenerCertificatesInput, call: Call): DescribeListenerCertificatesOutput {
  const row = requireHttps(deps, call, input.ListenerArn);
  const all = [
    { CertificateArn: row.certificate, IsDefault: true },
    ...row.certificates.map((CertificateArn) => ({ CertificateArn, IsDefault: false })),
  ];
  const { items, NextMarker } = page(all, input);
  return { Certificates: items, NextMarker };
}

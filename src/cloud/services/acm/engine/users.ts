import { NotSupported } from "../../../core/errors.ts";
import type { Api } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";

/** The load balancers of this cloud that have a listener with the certificate. */
export async function usersOf(api: Api, scope: Scope, certificateArn: string): Promise<string[]> {
  const users: string[] = [];
  try {
    const { LoadBalancers = [] } = await api.call<{ LoadBalancers?: { LoadBalancerArn?: string }[] }>(
      "elasticloadbalancing",
      "DescribeLoadBalancers",
      {},
      scope,
    );
    for (const { LoadBalancerArn } of LoadBalancers) {
      const { Listeners = [] } = await api.call<{ Listeners?: { Certificates?: { CertificateArn?: string }[] }[] }>(
        "elasticloadbalancing",
        "DescribeListeners",
        { LoadBalancerArn },
        scope,
      );
      const has = Listeners.some(({ Certificates }) => Certificates?.some(({ CertificateArn }) => CertificateArn === certificateArn));
      if (has) users.push(LoadBalancerArn!);
    }
  } catch (error) {
    // A cloud without load balancers has nobody who uses certificates.
    if (!(error instanceof NotSupported)) throw error;
  }
  return users;
}

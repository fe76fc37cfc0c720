import { Resolver } from "node:dns/promises";
import { expect, onTestFinished, test } from "vitest";
import { setup } from "../testing/world.ts";

const NAME = "shared-1234567890.us-west-2.elb.amazonaws.com";

test("an alias to a load balancer gives its addresses, and so does the load balancer's own name", async () => {
  const known: Record<string, string[]> = { [NAME]: ["127.0.0.1"] };
  const world = setup({ loadBalancers: known });
  await world.route53.start?.();
  onTestFinished(() => world.route53.stop?.());
  const resolver = new Resolver();
  const { host, port } = world.route53.dnsAddress()!;
  resolver.setServers([`${host}:${port}`]);
  const alias = (DNSName: string, Type = "A"): unknown => {
    const AliasTarget = { HostedZoneId: "Z1H1FL5HABSF5", DNSName, EvaluateTargetHealth: true };
    const Changes = [{ Action: "UPSERT", ResourceRecordSet: { Name: "api.example.com", Type, AliasTarget } }];
    return world.run("ChangeResourceRecordSets", { HostedZoneId: "Z123412341234", ChangeBatch: { Changes } });
  };
  alias(`dualstack.${NAME}`);
  alias(`dualstack.${NAME}`, "AAAA");
  expect(await resolver.resolve4("api.example.com", { ttl: true })).toEqual([{ address: "127.0.0.1", ttl: 60 }]);
  await expect(resolver.resolve6("api.example.com")).rejects.toMatchObject({ code: "ENODATA" });
  expect(await resolver.resolve4(NAME, { ttl: true })).toEqual([{ address: "127.0.0.1", ttl: 60 }]);
  await expect(resolver.resolve6(NAME)).rejects.toMatchObject({ code: "ENODATA" });
  expect(() => alias("gone-1.us-west-2.elb.amazonaws.com")).toThrow(
    "Tried to create an alias that targets gone-1.us-west-2.elb.amazonaws.com., type A in zone Z1H1FL5HABSF5, but that target was not found",
  );
  // Nothing of that is kept: load balancers come and go without a word to Route 53.
  delete known[NAME];
  await expect(resolver.resolve4("api.example.com")).rejects.toMatchObject({ code: "ENODATA" });
  await expect(resolver.resolve4(NAME)).rejects.toMatchObject({ code: "EREFUSED" });
});

import { expect, test } from "vitest";
import { fakeCloud } from "./testing/fake-cloud.ts";

test("sample", async () => {
  const cloud = fakeCloud();
  cloud.functions["*"] = (event, respond) => {
    const props = event["ResourceProperties"] as any;
    if (props.WriterProps && event["RequestType"] === "Create")
      for (const [Name, Value] of Object.entries(props.WriterProps.exports)) cloud.answers["ssm:PutParameter"]!({ Name, Value }, {} as any);
    respond({ Status: "SUCCESS", PhysicalResourceId: event["PhysicalResourceId"] ?? event["RequestId"], Data: props.ReaderProps?.imports });
  };
  let t = performance.now();
  const p = cloud.deployer.deployAssembly({
    assemblyDir: "/tmp/cfn-sample/out",
    onProgress: (p) => {
      if (/FAILED|ROLLBACK/.test(p.status)) console.log(p.stack, p.status, p.resource?.logicalId, p.reason);
    },
  });
  let done = false;
  p.finally(() => (done = true)).catch(() => {});
  await cloud.clock.advanceUntil(() => done, 3600_000);
  const r = await p;
  console.log(Math.round(performance.now() - t), "ms", cloud.calls.length);
  console.log(JSON.stringify(r, null, 1).slice(0, 3000));
  t = performance.now();
  const r2 = await cloud.deployer.deployAssembly({ assemblyDir: "/tmp/cfn-sample/out" });
  console.log(
    Math.round(performance.now() - t),
    "ms",
    r2.stacks.map((s) => s.result),
  );
  const p3 = cloud.deployer.destroyAssembly({ assemblyDir: "/tmp/cfn-sample/out" });
  done = false;
  p3.finally(() => (done = true)).catch(() => {});
  cloud.answers["elasticfilesystem:DescribeFileSystems"] = () => ({ FileSystems: [] });
  cloud.answers["elasticfilesystem:DescribeMountTargets"] = () => ({ MountTargets: [] });
  cloud.answers["ecs:DescribeServices"] = () => ({ services: [] });
  await cloud.clock.advanceUntil(() => done, 3600_000);
  const r3 = await p3;
  console.log(r3.stacks.map((s) => [s.name, s.result, s.reason]));
  expect(r.ok).toBe(true);
});

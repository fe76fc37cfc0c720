import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import {
  ACMClient,
  AddTagsToCertificateCommand,
  type CertificateDetail,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
  RequestCertificateCommand,
} from "@aws-sdk/client-acm";
import { ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import { App, CfnOutput, Stack } from "aws-cdk-lib";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as route53 from "aws-cdk-lib/aws-route53";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";
import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import { Store } from "../../core/store.ts";
import { createAcm } from "./index.ts";

let cloud: TestCloud;
let client: ACMClient;
const folder = mkdtempSync(join(tmpdir(), "rouse-acm-"));
const account = "000000000000";

beforeAll(async () => {
  cloud = await withCloud();
  client = cloud.client(ACMClient);
  cloud.seedHostedZone("example.com", "Z1234567890");
});
afterAll(async () => {
  await cloud?.end();
  rmSync(folder, { recursive: true });
});

const detail = async (CertificateArn: string): Promise<CertificateDetail> =>
  (await client.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate!;

const publish = (certificate: CertificateDetail): Promise<unknown> => {
  const Changes = certificate.DomainValidationOptions!.map(({ ResourceRecord }) => ({
    Action: "UPSERT" as const,
    ResourceRecordSet: { Name: ResourceRecord!.Name, Type: "CNAME" as const, TTL: 60, ResourceRecords: [{ Value: ResourceRecord!.Value }] },
  }));
  return cloud.client(Route53Client).send(new ChangeResourceRecordSetsCommand({ HostedZoneId: "Z1234567890", ChangeBatch: { Changes } }));
};

async function request(more: { DomainName: string; SubjectAlternativeNames?: string[]; KeyAlgorithm?: "EC_prime256v1" }): Promise<string> {
  const { CertificateArn } = await client.send(new RequestCertificateCommand({ ValidationMethod: "DNS", ...more }));
  return CertificateArn!;
}

/** What a client that trusts only the local CA says of a server with this certificate. */
async function handshake(tls: { key: string; cert: string }, servername: string): Promise<boolean> {
  const server = createServer(tls).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const ca = readFileSync(join(cloud.dataDir, "ca", "ca.pem"));
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", servername, ca }, () => {
        resolve(socket.authorized);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  } finally {
    server.close();
  }
}

describe("DNS validation", () => {
  test("a certificate is issued once its record is in the hosted zone, and clients that trust the CA accept it", async () => {
    const arn = await request({ DomainName: "app.example.com", SubjectAlternativeNames: ["*.app.example.com"], KeyAlgorithm: "EC_prime256v1" });
    expect(arn).toMatch(/^arn:aws:acm:us-west-2:000000000000:certificate\/[0-9a-f-]{36}$/);
    await cloud.clock.advance(60_000);
    const pending = await detail(arn);
    expect(pending).toMatchObject({ Status: "PENDING_VALIDATION", Type: "AMAZON_ISSUED", InUseBy: [] });
    const [first, second] = pending.DomainValidationOptions!;
    expect(first!.ResourceRecord).toMatchObject({ Type: "CNAME" });
    expect(first!.ResourceRecord!.Name).toMatch(/^_[0-9a-f]{32}\.app\.example\.com\.$/);
    expect(first!.ResourceRecord!.Value).toMatch(/^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.$/);
    expect(second!.ResourceRecord, "a wildcard has the record of its domain").toEqual(first!.ResourceRecord);
    await expect(client.send(new GetCertificateCommand({ CertificateArn: arn }))).rejects.toMatchObject({ name: "RequestInProgressException" });

    await publish({ DomainValidationOptions: [first!] });
    await cloud.clock.advance(10_000);
    const issued = await detail(arn);
    expect(issued).toMatchObject({ Status: "ISSUED", Subject: "CN=app.example.com", Issuer: "Rouse local certificate authority" });
    expect(issued.DomainValidationOptions).toMatchObject([{ ValidationStatus: "SUCCESS" }, { ValidationStatus: "SUCCESS" }]);

    const { Certificate, CertificateChain } = await client.send(new GetCertificateCommand({ CertificateArn: arn }));
    const keyFile = join(cloud.dataDir, "ca", "keys", `${arn.split("/")[1]}.pem`);
    for (const file of [keyFile, join(cloud.dataDir, "ca", "ca-key.pem")]) expect(statSync(file).mode & 0o777, file).toBe(0o600);
    const tls = { key: readFileSync(keyFile, "utf8"), cert: `${Certificate}${CertificateChain}` };
    expect(await handshake(tls, "app.example.com")).toBe(true);
    expect(await handshake(tls, "www.app.example.com")).toBe(true);
    await expect(handshake(tls, "other.example.com")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });

    const listed = await client.send(new ListCertificatesCommand({ Includes: { keyTypes: ["EC_prime256v1"] } }));
    expect(listed.CertificateSummaryList).toMatchObject([{ CertificateArn: arn, Status: "ISSUED", InUse: false }]);
    expect((await client.send(new ListCertificatesCommand({}))).CertificateSummaryList, "only RSA unless asked").toEqual([]);
    await client.send(new DeleteCertificateCommand({ CertificateArn: arn }));
    expect(existsSync(keyFile)).toBe(false);
    await expect(detail(arn)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("without the record it is pending; RSA is the default", async () => {
    const arn = await request({ DomainName: "nobody.example.org" });
    expect(await detail(arn)).toMatchObject({ KeyAlgorithm: "RSA_2048", Status: "PENDING_VALIDATION" });
    await client.send(new DeleteCertificateCommand({ CertificateArn: arn }));
  });

  test("a repeated request gives the same certificate", async () => {
    const input = { DomainName: "again.example.com", ValidationMethod: "DNS", IdempotencyToken: "t" } as const;
    const first = await client.send(new RequestCertificateCommand(input));
    const second = await client.send(new RequestCertificateCommand(input));
    expect(second.CertificateArn).toBe(first.CertificateArn);
  });

  test("validation by mail and private CAs are not there", async () => {
    const notThere = { $metadata: { httpStatusCode: 501 } };
    await expect(client.send(new RequestCertificateCommand({ DomainName: "a.example.com", ValidationMethod: "EMAIL" }))).rejects.toMatchObject(
      notThere,
    );
    await expect(client.send(new RequestCertificateCommand({ DomainName: "no domain", ValidationMethod: "DNS" }))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });
});

test("a certificate is imported with its key, tagged, and imported anew", async () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "3650", "-subj", "/CN=old.example.com"],
    {
      stdio: "ignore",
    },
  );
  const files = { Certificate: readFileSync(cert), PrivateKey: readFileSync(key) };
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  await expect(client.send(new ImportCertificateCommand({ ...files, PrivateKey: Buffer.from(other) }))).rejects.toMatchObject({
    name: "ValidationException",
    message: "The private key does not match the certificate.",
  });
  const { CertificateArn } = await client.send(new ImportCertificateCommand({ ...files, Tags: [{ Key: "a", Value: "b" }] }));
  expect(await detail(CertificateArn!)).toMatchObject({
    Type: "IMPORTED",
    Status: "ISSUED",
    DomainName: "old.example.com",
    KeyAlgorithm: "RSA_2048",
  });
  await client.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: "c", Value: "d" }] }));
  await client.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: [{ Key: "a" }, { Key: "c", Value: "other" }] }));
  expect((await client.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags).toEqual([{ Key: "c", Value: "d" }]);
  expect((await client.send(new ImportCertificateCommand({ ...files, CertificateArn }))).CertificateArn).toBe(CertificateArn);
});

test("CDK's Certificate: CloudFormation writes the validation record and waits", async () => {
  const context = { "@aws-cdk/core:target-partitions": ["aws"] };
  const app = new App({
    outdir: join(folder, "cdk"),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
    context,
  });
  const stack = new Stack(app, "Tls", { env: { account, region: "us-west-2" } });
  const zone = route53.HostedZone.fromHostedZoneAttributes(stack, "Zone", { hostedZoneId: "Z1234567890", zoneName: "example.com" });
  const certificate = new acm.Certificate(stack, "Certificate", {
    domainName: "cdk.example.com",
    subjectAlternativeNames: ["*.cdk.example.com"],
    validation: acm.CertificateValidation.fromDns(zone),
  });
  void new CfnOutput(stack, "Arn", { value: certificate.certificateArn });
  const { directory } = app.synth();
  let done = false;
  const deployed = cloud.deploy(directory).finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the deployment");
  const { stacks } = await deployed;
  expect(stacks.map(({ result, reason }) => [result, reason])).toEqual([["created", undefined]]);
  const arn = stacks[0]!.outputs["Arn"]!;
  expect((await detail(arn)).Status).toBe("ISSUED");
  await cloud.destroy(directory);
  await expect(detail(arn)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const { ResourceRecordSets } = await cloud.client(Route53Client).send(new ListResourceRecordSetsCommand({ HostedZoneId: "Z1234567890" }));
  expect(
    ResourceRecordSets!.some(({ Name }) => Name!.endsWith(".cdk.example.com.")),
    "the record stays, as on AWS",
  ).toBe(true);
});

test("the port tells keys and changes, refuses the deletion of what is used, gives up after 72 hours, and goes on after a restart", async () => {
  const clock = new VirtualClock();
  const store = new Store();
  let published = false;
  let used = false;
  const answers: Record<string, () => object> = {
    ListHostedZones: () => ({ HostedZones: [{ Id: "Z", Name: "example.com." }] }),
    ListResourceRecordSets: () => ({ ResourceRecordSets: published ? [record] : [] }),
    DescribeLoadBalancers: () => ({ LoadBalancers: [{ LoadBalancerArn: "lb" }] }),
    DescribeListeners: () => ({ Listeners: used ? [{ Certificates: [{ CertificateArn: arn }] }] : [] }),
  };
  const api = { call: async <O>(_service: string, operation: string): Promise<O> => answers[operation]!() as O };
  const make = () => createAcm({ store, clock, ids: seededIds(), api, dataDir: join(folder, "port") });
  const call = { account, region: "us-west-2", requestId: "r", principal: { kind: "root" as const, arn: "", account } };
  let service = make();
  const ask = async <O>(operation: string, input: object): Promise<O> => (await service.operations[operation]!(input, call)) as O;
  const { CertificateArn: arn } = await ask<{ CertificateArn: string }>("RequestCertificate", {
    DomainName: "a.example.com",
    ValidationMethod: "DNS",
    KeyAlgorithm: "EC_prime256v1",
  });
  const { Certificate } = await ask<{ Certificate: CertificateDetail }>("DescribeCertificate", { CertificateArn: arn });
  const { Name, Value } = Certificate.DomainValidationOptions![0]!.ResourceRecord!;
  const record = { Name, Type: "CNAME", ResourceRecords: [{ Value }] };
  await clock.advance(60_000);
  expect(service.tls(arn)).toBeUndefined();
  await service.stop!();
  service = make();
  await service.start!();
  const told: string[] = [];
  service.onChange((one) => told.push(one));
  published = true;
  await clock.advance(10_000);
  expect(told).toEqual([arn]);
  expect(service.tls(arn)!.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(service.tls(arn)!.key).toContain("BEGIN PRIVATE KEY");
  used = true;
  await expect(ask("DeleteCertificate", { CertificateArn: arn })).rejects.toMatchObject({ code: "ResourceInUseException" });
  used = false;
  await ask("DeleteCertificate", { CertificateArn: arn });
  expect(service.tls(arn)).toBeUndefined();

  published = false;
  const late = await ask<{ CertificateArn: string }>("RequestCertificate", { DomainName: "late.example.com", ValidationMethod: "DNS" });
  await clock.advance(73 * 3_600_000);
  expect(await ask("DescribeCertificate", late)).toMatchObject({ Certificate: { Status: "VALIDATION_TIMED_OUT" } });
});

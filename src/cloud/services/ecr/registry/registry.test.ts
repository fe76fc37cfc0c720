import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  PutAccountSettingCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../../testing/with-cloud.ts";

const HOUR_MS = 3_600_000;
const DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

let cloud: TestCloud;
let ecr: ECRClient;
let token: string;

const digestOf = (content: string | Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const base = (repository: string, account = "000000000000"): string => `/v2/${account}.dkr.ecr.us-west-2.amazonaws.com/${repository}`;

interface Asked {
  method?: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** As from GetAuthorizationToken; none for nobody. */
  as?: string | undefined;
}

function ask(path: string, { method = "GET", body, headers = {}, as = token }: Asked = {}): Promise<Response> {
  const authorization: Record<string, string> = as === "" ? {} : { authorization: `Basic ${as}` };
  return fetch(new URL(path, cloud.url), {
    method,
    headers: { ...authorization, ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
}

const codeOf = async (response: Response): Promise<[number, string]> => [
  response.status,
  ((await response.json()) as { errors: { code: string }[] }).errors[0]!.code,
];

async function upload(repository: string, content: string | Buffer, as = token): Promise<string> {
  const digest = digestOf(content);
  const started = await ask(`${base(repository)}/blobs/uploads/`, { method: "POST", as });
  expect(started.status).toBe(202);
  const done = await ask(`${started.headers.get("location")!}?digest=${digest}`, { method: "PUT", body: content, as });
  expect(done.status).toBe(201);
  expect(done.headers.get("docker-content-digest")).toBe(digest);
  return digest;
}

const manifestOf = (config: string, ...layers: string[]): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: DOCKER_IMAGE,
    config: { mediaType: "application/vnd.docker.container.image.v1+json", size: 2, digest: config },
    layers: layers.map((digest) => ({ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", size: 5, digest })),
  });

const put = (repository: string, reference: string, manifest: string, as = token, type = DOCKER_IMAGE): Promise<Response> =>
  ask(`${base(repository)}/manifests/${reference}`, { method: "PUT", body: manifest, headers: { "content-type": type }, as });

/** Pushes an image with one layer of its own; its manifest's digest. */
async function push(repository: string, tag: string, content: string): Promise<string> {
  const config = await upload(repository, `{"${content}":1}`);
  const pushed = await put(repository, tag, manifestOf(config, await upload(repository, content)));
  expect(pushed.status).toBe(201);
  return pushed.headers.get("docker-content-digest")!;
}

const files = (): string[] => {
  const folder = join(cloud.dataDir, "ecr");
  return existsSync(folder) ? readdirSync(folder) : [];
};
const tokenOf = async (client: ECRClient): Promise<string> =>
  (await client.send(new GetAuthorizationTokenCommand({}))).authorizationData![0]!.authorizationToken!;

beforeAll(async () => {
  cloud = await withCloud();
  ecr = cloud.client(ECRClient);
  token = await tokenOf(ecr);
});
afterAll(async () => {
  ecr.destroy();
  await cloud.end();
});

test("who is nobody is asked for a password, as ECR asks", async () => {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  expect(authorizationData![0]).toMatchObject({ proxyEndpoint: cloud.url });
  for (const as of ["", Buffer.from("AWS:wrong").toString("base64"), Buffer.from("AWS").toString("base64")]) {
    const answer = await ask("/v2/", { as });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, `Basic realm="${cloud.url}/",service="ecr.amazonaws.com"`]);
  }
  const answer = await ask("/v2/");
  expect([answer.status, answer.headers.get("docker-distribution-api-version")]).toEqual([200, "registry/2.0"]);
});

test("an image is pushed in pieces, pulled by tag and digest, and listed", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "team/web" }));
  const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ["team/web"] }));
  expect(repositories![0]!.repositoryUri).toBe(`${new URL(cloud.url).host}${base("team/web").replace("/v2", "")}`);
  const layer = randomBytes(300_000);
  const at = `${base("team/web")}/blobs`;
  expect((await ask(`${at}/${digestOf(layer)}`, { method: "HEAD" })).status).toBe(404);
  const started = await ask(`${at}/uploads/`, { method: "POST" });
  const location = started.headers.get("location")!;
  const first = await ask(location, { method: "PATCH", body: layer.subarray(0, 100_000), headers: { "content-range": "0-99999" } });
  expect([first.status, first.headers.get("range")]).toEqual([202, "0-99999"]);
  const gap = await ask(location, { method: "PATCH", body: layer.subarray(200_000), headers: { "content-range": "200000-299999" } });
  expect([gap.status, gap.headers.get("range")]).toEqual([416, "0-99999"]);
  expect((await ask(location)).headers.get("range")).toBe("0-99999");
  await ask(location, { method: "PATCH", body: layer.subarray(100_000) });
  expect((await ask(`${location}?digest=${digestOf(layer)}`, { method: "PUT" })).status).toBe(201);
  expect(files()).toEqual([digestOf(layer).replace(":", "-")]);

  const config = await upload("team/web", "{}");
  const manifest = manifestOf(config, digestOf(layer));
  const pushed = await put("team/web", "v1", manifest);
  expect([pushed.status, pushed.headers.get("docker-content-digest")]).toEqual([201, digestOf(manifest)]);
  for (const reference of ["v1", digestOf(manifest)]) {
    const head = await ask(`${base("team/web")}/manifests/${reference}`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-type"), head.headers.get("content-length")]).toEqual([200, DOCKER_IMAGE, String(manifest.length)]);
  }
  const imageIds = [{ imageTag: "v1" }];
  const [before] = (await ecr.send(new DescribeImagesCommand({ repositoryName: "team/web", imageIds }))).imageDetails!;
  expect(before).toMatchObject({ imageTags: ["v1"], imageSizeInBytes: 7, artifactMediaType: "application/vnd.docker.container.image.v1+json" });
  expect(before!.lastRecordedPullTime).toBeUndefined();
  expect(await (await ask(`${base("team/web")}/manifests/v1`)).text()).toBe(manifest);
  const [after] = (await ecr.send(new DescribeImagesCommand({ repositoryName: "team/web", imageIds }))).imageDetails!;
  expect(after!.lastRecordedPullTime).toBeDefined();
  const pulled = await ask(`${at}/${digestOf(layer)}`);
  expect(Buffer.from(await pulled.arrayBuffer()).equals(layer)).toBe(true);
  const range = await ask(`${at}/${digestOf(layer)}`, { headers: { range: "bytes=299990-" } });
  expect([range.status, range.headers.get("content-range"), (await range.arrayBuffer()).byteLength]).toEqual([206, "bytes 299990-299999/300000", 10]);

  await put("team/web", "v2", manifest);
  const page = await ask(`${base("team/web")}/tags/list?n=1`);
  expect(await page.json()).toEqual({ name: "000000000000.dkr.ecr.us-west-2.amazonaws.com/team/web", tags: ["v1"] });
  const next = /<(.+)>; rel="next"/.exec(page.headers.get("link")!)![1]!;
  expect(await (await ask(next)).json()).toMatchObject({ tags: ["v2"] });
});

test("ECR's own API sees the same layers, and gives an address to fetch one from", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "shared" }));
  const layerDigest = await upload("shared", "layer");
  const missing = digestOf("none");
  const { layers, failures } = await ecr.send(
    new BatchCheckLayerAvailabilityCommand({ repositoryName: "shared", layerDigests: [layerDigest, missing, "x"] }),
  );
  expect(layers).toEqual([
    { layerDigest, layerAvailability: "AVAILABLE", layerSize: 5 },
    { layerDigest: missing, layerAvailability: "UNAVAILABLE" },
  ]);
  expect(failures).toMatchObject([{ failureCode: "InvalidLayerDigest" }]);
  const { downloadUrl } = await ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName: "shared", layerDigest }));
  expect(await (await fetch(downloadUrl!)).text()).toBe("layer");
  await expect(ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName: "shared", layerDigest: missing }))).rejects.toMatchObject({
    name: "LayersNotFoundException",
  });
});

test("an index names images that are there, which stay as long as it does", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "index" }));
  const digest = await push("index", "amd64", "for amd64");
  const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ mediaType: DOCKER_IMAGE, size: 1, digest }] });
  expect((await put("index", "latest", index, token, OCI_INDEX)).status).toBe(201);
  expect(await codeOf(await put("index", "x", index.replace(digest, digestOf("none")), token, OCI_INDEX))).toEqual([404, "MANIFEST_BLOB_UNKNOWN"]);
  const { failures } = await ecr.send(new BatchDeleteImageCommand({ repositoryName: "index", imageIds: [{ imageDigest: digest }] }));
  expect(failures).toMatchObject([{ failureCode: "ImageReferencedByManifestList" }]);
  const about = JSON.stringify({ ...JSON.parse(manifestOf(await upload("index", "{}"))), artifactType: "text/x-signature", subject: { digest } });
  expect((await put("index", digestOf(about), about)).headers.get("oci-subject")).toBe(digest);
  expect(await (await ask(`${base("index")}/referrers/${digest}`)).json()).toMatchObject({
    manifests: [{ digest: digestOf(about), artifactType: "text/x-signature" }],
  });
});

test("what is wrong is told in the words of the specification and of ECR", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "wrong" }));
  const config = await upload("wrong", "{}");
  const started = async (): Promise<string> => (await ask(`${base("wrong")}/blobs/uploads/`, { method: "POST" })).headers.get("location")!;
  const nowhere = await ask(`${base("nowhere")}/blobs/uploads/`, { method: "POST" });
  expect([nowhere.status, await nowhere.json()]).toEqual([
    404,
    { errors: [{ code: "NAME_UNKNOWN", message: "The repository with name 'nowhere' does not exist in the registry with id '000000000000'" }] },
  ]);
  expect(await codeOf(await ask("/v2/library/wrong/tags/list"))).toEqual([404, "NAME_UNKNOWN"]);
  expect(await codeOf(await ask(`${base("wrong")}/manifests/%E0%A4%A`))).toEqual([404, "NAME_UNKNOWN"]);
  expect(await codeOf(await ask(`${base("wrong")}/manifests/none`))).toEqual([404, "MANIFEST_UNKNOWN"]);
  expect(await codeOf(await ask(`${base("wrong")}/manifests/v1`, { method: "DELETE" }))).toEqual([405, "UNSUPPORTED"]);
  expect(await codeOf(await ask(`${base("wrong")}/blobs/${digestOf("none")}`))).toEqual([404, "BLOB_UNKNOWN"]);
  expect(await codeOf(await ask(`${base("wrong")}/blobs/uploads/none`, { method: "PATCH", body: "x" }))).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  expect(await codeOf(await ask(`${await started()}?digest=${config}`, { method: "PUT", body: "other" }))).toEqual([400, "DIGEST_INVALID"]);
  expect(await codeOf(await ask(`${await started()}?digest=md5:1`, { method: "PUT", body: "other" }))).toEqual([400, "DIGEST_INVALID"]);
  expect(await codeOf(await ask(`${await started()}?digest=${config}`, { method: "PUT" }))).toEqual([400, "BLOB_UPLOAD_INVALID"]);
  expect(await codeOf(await put("wrong", "v1", "no json"))).toEqual([400, "MANIFEST_INVALID"]);
  expect(await codeOf(await put("wrong", "v1", manifestOf(config), token, "text/plain"))).toEqual([400, "MANIFEST_INVALID"]);
  expect(await codeOf(await put("wrong", "v1", manifestOf(config, digestOf("none"))))).toEqual([404, "MANIFEST_BLOB_UNKNOWN"]);
  expect(await codeOf(await put("wrong", digestOf("x"), manifestOf(config)))).toEqual([400, "DIGEST_INVALID"]);
  expect(await codeOf(await put("wrong", "-v1", manifestOf(config)))).toEqual([400, "TAG_INVALID"]);
});

test("tags that are immutable stay, but for those that are excluded", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "fixed", imageTagMutability: "IMMUTABLE" }));
  await push("fixed", "v1", "one");
  const config = await upload("fixed", "{}");
  const refused = await put("fixed", "v1", manifestOf(config));
  expect([refused.status, await refused.json()]).toEqual([
    400,
    {
      errors: [
        {
          code: "TAG_INVALID",
          message: "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the tag is immutable.",
        },
      ],
    },
  ]);
  await ecr.send(
    new PutImageTagMutabilityCommand({
      repositoryName: "fixed",
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "v*" }],
    }),
  );
  expect((await put("fixed", "v1", manifestOf(config))).status).toBe(201);
});

test("layers go from one repository to another where the account wants it", async () => {
  for (const repositoryName of ["from", "to"]) await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const digest = await upload("from", "to be mounted");
  const mount = (): Promise<Response> =>
    ask(`${base("to")}/blobs/uploads/?mount=${digest}&from=${base("from").replace("/v2/", "")}`, { method: "POST" });
  expect((await mount()).status).toBe(202);
  await ecr.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));
  expect((await mount()).status).toBe(201);
  expect((await ask(`${base("to")}/blobs/${digest}`, { method: "HEAD" })).status).toBe(200);
});

test("a role does what its policies and the repository's allow, and nobody else's", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "guarded" }));
  await push("guarded", "v1", "guarded");
  const iam = cloud.client(IAMClient);
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: "000000000000" } }] };
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "puller", AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const Resource = "arn:aws:ecr:us-west-2:000000000000:repository/guarded";
  const Statement = [
    { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
    { Effect: "Allow", Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload"], Resource },
  ];
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "puller", PolicyName: "p", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );
  const { Credentials: given } = await cloud.client(STSClient).send(new AssumeRoleCommand({ RoleArn: Role!.Arn!, RoleSessionName: "me" }));
  const credentials = { accessKeyId: given!.AccessKeyId!, secretAccessKey: given!.SecretAccessKey!, sessionToken: given!.SessionToken! };
  const as = await tokenOf(new ECRClient({ region: "us-west-2", endpoint: cloud.url, credentials }));
  const digest = digestOf("guarded");
  expect((await ask(`${base("guarded")}/manifests/v1`, { as })).status).toBe(200);
  expect((await ask(`${base("guarded")}/blobs/${digest}`, { as })).status).toBe(200);
  expect((await ask(`${base("guarded")}/blobs/${digest}`, { method: "HEAD", as })).status).toBe(403);
  const { headers } = await ask(`${base("guarded")}/blobs/uploads/`, { method: "POST", as });
  expect(await codeOf(await ask(headers.get("location")!, { method: "PATCH", body: "x", as }))).toEqual([403, "DENIED"]);
  const denied = await put("guarded", "v2", "{}", as);
  expect(((await denied.json()) as { errors: { message: string }[] }).errors[0]!.message).toMatch(
    /^User: arn:aws:sts::000000000000:assumed-role\/puller\/me is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-west-2:/,
  );
  // Another account sees nothing, unless the repository's policy lets it in.
  const root = await tokenOf(
    new ECRClient({ region: "us-west-2", endpoint: cloud.url, credentials: { accessKeyId: "111111111111", secretAccessKey: "x" } }),
  );
  expect(await codeOf(await ask(`${base("guarded")}/manifests/v1`, { as: root }))).toEqual([403, "DENIED"]);
  const Deny = [{ Effect: "Deny", Principal: "*", Action: "ecr:BatchGetImage" }];
  await ecr.send(
    new SetRepositoryPolicyCommand({ repositoryName: "guarded", policyText: JSON.stringify({ Version: "2012-10-17", Statement: Deny }) }),
  );
  expect(await codeOf(await ask(`${base("guarded")}/manifests/v1`, { as }))).toEqual([403, "DENIED"]);
});

test("what no image names goes: at once with its image, or after a day; shared layers stay", async () => {
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "shared-by-two" }));
  const before = files().length;
  const layer = await upload("shared-by-two", "in both");
  const configs = [await upload("shared-by-two", "[1]"), await upload("shared-by-two", "[2]")];
  for (const [index, config] of configs.entries()) await put("shared-by-two", `v${index}`, manifestOf(config, layer));
  expect(files()).toHaveLength(before + 3);
  const remove = (imageTag: string): Promise<unknown> =>
    ecr.send(new BatchDeleteImageCommand({ repositoryName: "shared-by-two", imageIds: [{ imageTag }] }));
  await remove("v0");
  expect(files()).toHaveLength(before + 2);
  expect((await ask(`${base("shared-by-two")}/blobs/${layer}`)).status).toBe(200);
  await remove("v1");
  expect(files()).toHaveLength(before);
  await upload("shared-by-two", "of a push that nobody finished");
  await ask(`${base("shared-by-two")}/blobs/uploads/`, { method: "POST", body: "" });
  expect(files()).toHaveLength(before + 1);
  await push("shared-by-two", "kept", "kept");
  await cloud.clock.advance(48 * HOUR_MS);
  token = await tokenOf(ecr);
  expect(files()).not.toContain(digestOf("of a push that nobody finished").replace(":", "-"));
  expect(files()).toContain(digestOf("kept").replace(":", "-"));
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: "shared-by-two", force: true }));
  expect(files()).not.toContain(digestOf("kept").replace(":", "-"));
});

test("a life-cycle policy counts after the next push, and after a day", async () => {
  const repositoryName = "short-lived";
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const selection = { tagStatus: "tagged", tagPrefixList: ["v"], countType: "imageCountMoreThan", countNumber: 2 };
  const untagged = { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 };
  const action = { type: "expire" };
  const rules = [
    { rulePriority: 1, selection, action },
    { rulePriority: 2, selection: untagged, action },
  ];
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: JSON.stringify({ rules }) }));
  const tags = async (): Promise<string[][]> =>
    (await ecr.send(new DescribeImagesCommand({ repositoryName }))).imageDetails!.map(({ imageTags }) => imageTags ?? []);
  for (const tag of ["v1", "v2", "v3"]) await push(repositoryName, tag, `content of ${tag}`);
  expect(await tags()).toEqual([["v2"], ["v3"]]);
  expect(files()).not.toContain(digestOf("content of v1").replace(":", "-"));
  await push(repositoryName, "v3", "other content");
  expect(await tags()).toEqual([["v2"], [], ["v3"]]);
  await cloud.clock.advance(49 * HOUR_MS);
  expect(await tags()).toEqual([["v2"], ["v3"]]);
  expect(cloud.lines.filter((line) => line.includes("has expired"))).toHaveLength(2);
});

test("a token is good for twelve hours", async () => {
  const as = await tokenOf(ecr);
  expect((await ask("/v2/", { as })).status).toBe(200);
  await cloud.clock.advance(12 * HOUR_MS);
  expect(await codeOf(await ask("/v2/", { as }))).toEqual([403, "DENIED"]);
});

import type { Api } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";

/** A public parameter of AWS's. */
export interface PublicParameter {
  name: string;
  value: string;
  /** Milliseconds since the epoch. */
  modified: number;
  dataType: "text" | "aws:ec2:image";
}

/**
 * Images by public parameter (ECS Developer Guide, "Retrieving Amazon ECS-optimized Linux AMI metadata"; AL2023 User
 * Guide, "Launching AL2023 using SSM parameters"): which of Amazon's images the parameter stands for, by name.
 */
const ECS_IMAGES: Record<string, string> = {
  "amazon-linux-2023": "al2023-ami-ecs-hvm-*-x86_64",
  "amazon-linux-2023/arm64": "al2023-ami-ecs-hvm-*-arm64",
  "amazon-linux-2": "amzn2-ami-ecs-hvm-*-x86_64-ebs",
  "amazon-linux-2/arm64": "amzn2-ami-ecs-hvm-*-arm64-ebs",
};
const LATEST_IMAGES: Record<string, string> = {
  "al2023-ami-kernel-default-x86_64": "al2023-ami-2023*-x86_64",
  "al2023-ami-kernel-default-arm64": "al2023-ami-2023*-arm64",
  "al2023-ami-kernel-6.1-x86_64": "al2023-ami-2023*-kernel-6.1-x86_64",
  "al2023-ami-kernel-6.1-arm64": "al2023-ami-2023*-kernel-6.1-arm64",
  "amzn2-ami-hvm-x86_64-gp2": "amzn2-ami-hvm-*-x86_64-gp2",
  "amzn2-ami-hvm-arm64-gp2": "amzn2-ami-hvm-*-arm64-gp2",
  "amzn2-ami-kernel-5.10-hvm-x86_64-gp2": "amzn2-ami-kernel-5.10-hvm-*-x86_64-gp2",
  "amzn2-ami-kernel-5.10-hvm-arm64-gp2": "amzn2-ami-kernel-5.10-hvm-*-arm64-gp2",
};

const ECS = /^\/aws\/service\/ecs\/optimized-ami\/(.+?)\/recommended(?:\/(image_id|image_name|os|schema_version|image_version))?$/;
const LATEST = /^\/aws\/service\/ami-amazon-linux-latest\/(.+)$/;

interface Image {
  ImageId?: string;
  Name?: string;
  CreationDate?: string;
}

async function findImage(api: Api, scope: Scope, pattern: string): Promise<Image | undefined> {
  const filters = [{ Name: "name", Values: [pattern] }];
  const { Images = [] } = await api.call<{ Images?: Image[] }>("ec2", "DescribeImages", { Owners: ["amazon"], Filters: filters }, scope);
  return Images.toSorted((a, b) => (b.CreationDate ?? "").localeCompare(a.CreationDate ?? ""))[0];
}

/** A public parameter, or undefined where `name` is none that this cloud has. Its value comes from EC2's images. */
export async function publicParameter(api: Api, scope: Scope, name: string): Promise<PublicParameter | undefined> {
  const ecs = ECS.exec(name);
  const latest = LATEST.exec(name);
  const pattern = ecs ? ECS_IMAGES[ecs[1]!] : latest ? LATEST_IMAGES[latest[1]!] : undefined;
  if (!pattern) return undefined;
  const image = await findImage(api, scope, pattern);
  if (!image?.ImageId) return undefined;
  const modified = Date.parse(image.CreationDate ?? "") || 0;
  if (latest) return { name, value: image.ImageId, modified, dataType: "aws:ec2:image" };
  const metadata: Record<string, string | number> = {
    image_id: image.ImageId,
    image_name: image.Name ?? "",
    image_version: /\d\.0\.\d{8}/.exec(image.Name ?? "")?.[0] ?? "",
    os: ecs![1]!.startsWith("amazon-linux-2023") ? "Amazon Linux 2023" : "Amazon Linux 2",
    schema_version: 1,
  };
  const member = ecs![2];
  if (!member) return { name, value: JSON.stringify(metadata), modified, dataType: "text" };
  return { name, value: String(metadata[member]), modified, dataType: member === "image_id" ? "aws:ec2:image" : "text" };
}

/** All public parameters at or below a path. */
export async function publicParametersBelow(api: Api, scope: Scope, path: string): Promise<PublicParameter[]> {
  const names = [
    ...Object.keys(ECS_IMAGES).flatMap((key) =>
      ["", "/image_id", "/image_name", "/image_version", "/os", "/schema_version"].map(
        (member) => `/aws/service/ecs/optimized-ami/${key}/recommended${member}`,
      ),
    ),
    ...Object.keys(LATEST_IMAGES).map((key) => `/aws/service/ami-amazon-linux-latest/${key}`),
  ].filter((name) => name.startsWith(path.endsWith("/") ? path : `${path}/`));
  const found = await Promise.all(names.map((name) => publicParameter(api, scope, name)));
  return found.filter((parameter) => parameter !== undefined);
}

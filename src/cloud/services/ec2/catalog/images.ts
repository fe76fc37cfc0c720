import { createHash } from "node:crypto";

/** A public image of Amazon's. Machines here run no images: they decide the architecture and are names in answers. */
export interface ImageEntry {
  id: string;
  name: string;
  description: string;
  architecture: "x86_64" | "arm64";
  rootDevice: string;
  created: string;
  /** Smallest root volume in GiB. */
  rootSize: number;
}

const DATE = "20260105";
const CREATED = "2026-01-05T00:00:00.000Z";
type Line = [name: string, description: string, architecture: "x86_64" | "arm64", rootSize: number];

/** Names as Amazon makes them (ECS Developer Guide, "Retrieving Amazon ECS-optimized Linux AMI metadata"; AL2023 User Guide, "AL2023 on Amazon EC2"). */
const LINES: Line[] = (["x86_64", "arm64"] as const).flatMap((arch): Line[] => [
  [`al2023-ami-ecs-hvm-2023.0.${DATE}-kernel-6.1-${arch}`, "Amazon Linux AMI 2023.0 ECS HVM EBS", arch, 30],
  [`amzn2-ami-ecs-hvm-2.0.${DATE}-${arch}-ebs`, "Amazon Linux AMI 2.0 ECS HVM EBS", arch, 30],
  [`al2023-ami-2023.10.${DATE}.0-kernel-6.1-${arch}`, "Amazon Linux 2023 AMI HVM kernel-6.1", arch, 8],
  [`amzn2-ami-hvm-2.0.${DATE}.0-${arch}-gp2`, "Amazon Linux 2 AMI HVM gp2", arch, 8],
  [`amzn2-ami-kernel-5.10-hvm-2.0.${DATE}.0-${arch}-gp2`, "Amazon Linux 2 Kernel 5.10 AMI HVM gp2", arch, 8],
]);

const byRegion = new Map<string, ImageEntry[]>();

/** The images of a region. Identifiers are the same in every run: they are made of region and name. */
export function imagesOf(region: string): ImageEntry[] {
  let images = byRegion.get(region);
  if (!images) {
    images = LINES.map(([name, description, architecture, rootSize]) => ({
      id: `ami-0${createHash("sha256").update(`${region}/${name}`).digest("hex").slice(0, 16)}`,
      name,
      description,
      architecture,
      rootDevice: "/dev/xvda",
      created: CREATED,
      rootSize,
    }));
    byRegion.set(region, images);
  }
  return images;
}

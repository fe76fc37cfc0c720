import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AssetsPort } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import { substitute } from "./manifest.ts";

/** Builds the container images of an assembly; there is none where no container engine is. */
export interface ImagesPort {
  /** Builds a folder's Dockerfile and gives it the name under which task definitions refer to it. */
  build(image: { directory: string; dockerfile?: string; buildArgs: Record<string, string>; target?: string; uri: string }): Promise<void>;
}

interface AssetManifest {
  files?: Record<
    string,
    { source: { path?: string; executable?: string[] }; destinations: Record<string, { bucketName: string; objectKey: string; region?: string }> }
  >;
  dockerImages?: Record<
    string,
    {
      source: {
        directory?: string;
        executable?: string[];
        dockerFile?: string;
        dockerBuildArgs?: Record<string, string>;
        dockerBuildTarget?: string;
      };
      destinations: Record<string, { repositoryName: string; imageTag: string; region?: string }>;
    }
  >;
}

/** Makes an asset manifest's files known, and builds its images. Source: @aws-cdk/cloud-assembly-schema, `AssetManifest`. */
export async function publishAssets(path: string, scope: Scope, assets: AssetsPort, images: ImagesPort | undefined): Promise<void> {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as AssetManifest;
  const directory = dirname(path);
  for (const [id, { source, destinations }] of Object.entries(manifest.files ?? {})) {
    if (source.path === undefined) throw new Error(`asset ${id} is made by a command, which this cloud does not run`);
    for (const { bucketName, objectKey } of Object.values(destinations))
      assets.put(substitute(bucketName, scope), substitute(objectKey, scope), join(directory, source.path));
  }
  if (images) await buildImages(manifest, directory, scope, images);
}

async function buildImages(manifest: AssetManifest, directory: string, scope: Scope, images: ImagesPort): Promise<void> {
  for (const { source, destinations } of Object.values(manifest.dockerImages ?? {})) {
    for (const { repositoryName, imageTag, region } of Object.values(destinations)) {
      const at = { account: scope.account, region: region === undefined ? scope.region : substitute(region, scope) };
      await images.build({
        directory: join(directory, source.directory ?? "."),
        buildArgs: source.dockerBuildArgs ?? {},
        // The address that CDK writes into task definitions ("DockerImageAsset.imageUri").
        uri: `${at.account}.dkr.ecr.${at.region}.amazonaws.com/${substitute(repositoryName, at)}:${imageTag}`,
        ...(source.dockerFile === undefined ? {} : { dockerfile: source.dockerFile }),
        ...(source.dockerBuildTarget === undefined ? {} : { target: source.dockerBuildTarget }),
      });
    }
  }
}

import type {
  BatchCheckLayerAvailabilityRequest,
  BatchCheckLayerAvailabilityResponse,
  CompleteLayerUploadRequest,
  CompleteLayerUploadResponse,
  GetDownloadUrlForLayerRequest,
  GetDownloadUrlForLayerResponse,
  InitiateLayerUploadRequest,
  InitiateLayerUploadResponse,
  UploadLayerPartRequest,
  UploadLayerPartResponse,
} from "@aws-sdk/client-ecr";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { addToUpload, askFor, type At, blobsAt, completeUpload, DIGEST, startUpload, uploadOf } from "../content/layers.ts";
import type { EcrParts } from "../index.ts";
import { downloadPath } from "../registry/downloads.ts";
import { invalid, ownRegistry, repositoryOf } from "../shared.ts";

type Deps = Pick<EcrParts, "store" | "clock" | "ids" | "files">;

/** The size that ECR asks for, bytes (the example of API_InitiateLayerUpload). The last part may be smaller, and here every part. */
const PART_SIZE = 10_485_760;

function at(deps: Pick<Deps, "store">, operation: string, input: { registryId?: string; repositoryName?: string }, call: Call): At {
  ownRegistry(operation, input.registryId, call);
  return { account: call.account, region: call.region, repository: repositoryOf(deps.store, call, input.repositoryName).name };
}

export function InitiateLayerUpload(deps: Deps, input: InitiateLayerUploadRequest, call: Call): InitiateLayerUploadResponse {
  return { uploadId: startUpload(deps, at(deps, "InitiateLayerUpload", input, call)).id, partSize: PART_SIZE };
}

/** @throws AwsError UploadNotFoundException; InvalidLayerPartException for a part that does not follow the one before it */
export async function UploadLayerPart(deps: Deps, input: UploadLayerPartRequest, call: Call): Promise<UploadLayerPartResponse> {
  const where = at(deps, "UploadLayerPart", input, call);
  const upload = uploadOf(deps, where, input.uploadId);
  const { partFirstByte, partLastByte, layerPartBlob } = input;
  if (partFirstByte !== upload.received || partLastByte !== upload.received + layerPartBlob!.length - 1)
    throw new AwsError(
      "InvalidLayerPartException",
      "The layer part size is not valid, or the first byte specified is not consecutive to the last byte of a previous layer part upload.",
      {
        fields: { registryId: call.account, repositoryName: where.repository, uploadId: upload.id, lastValidByteReceived: upload.received - 1 },
      },
    );
  const received = await addToUpload(deps, upload, [layerPartBlob!]);
  return { registryId: call.account, repositoryName: where.repository, uploadId: upload.id, lastByteReceived: received - 1 };
}

/** @throws AwsError LayerAlreadyExistsException, InvalidLayerException, EmptyUploadException, UploadNotFoundException */
export async function CompleteLayerUpload(deps: Deps, input: CompleteLayerUploadRequest, call: Call): Promise<CompleteLayerUploadResponse> {
  const where = at(deps, "CompleteLayerUpload", input, call);
  const upload = uploadOf(deps, where, input.uploadId);
  const [digest] = input.layerDigests ?? [];
  if (digest === undefined || !DIGEST.test(digest))
    throw invalid(`Invalid parameter at 'layerDigests' failed to satisfy constraint: 'must be of the form sha256:<64 hexadecimal digits>'`);
  if (blobsAt(deps, where).has(digest))
    throw new AwsError(
      "LayerAlreadyExistsException",
      `Layer with digest '${digest}' already exists in the repository with name '${where.repository}' in registry with id '${call.account}'`,
    );
  await completeUpload(deps, upload, digest);
  return { registryId: call.account, repositoryName: where.repository, uploadId: upload.id, layerDigest: digest };
}

export function BatchCheckLayerAvailability(deps: Deps, input: BatchCheckLayerAvailabilityRequest, call: Call): BatchCheckLayerAvailabilityResponse {
  const where = at(deps, "BatchCheckLayerAvailability", input, call);
  const asked = (input.layerDigests ?? []).map((digest) => ({ digest, row: askFor(deps, where, digest) }));
  return {
    layers: asked
      .filter(({ digest }) => DIGEST.test(digest))
      .map(({ digest, row }) =>
        row
          ? { layerDigest: digest, layerAvailability: "AVAILABLE", layerSize: row.size }
          : { layerDigest: digest, layerAvailability: "UNAVAILABLE" },
      ),
    failures: asked
      .filter(({ digest }) => !DIGEST.test(digest))
      .map(({ digest }) => ({ layerDigest: digest, failureCode: "InvalidLayerDigest", failureReason: "The layer digest is not valid." })),
  };
}

/** An address that needs no password, for an hour. @throws AwsError LayersNotFoundException */
export function GetDownloadUrlForLayer(
  deps: Pick<EcrParts, "store" | "clock" | "ids" | "endpoint">,
  input: GetDownloadUrlForLayerRequest,
  call: Call,
): GetDownloadUrlForLayerResponse {
  const where = at(deps, "GetDownloadUrlForLayer", input, call);
  const digest = input.layerDigest!;
  if (!blobsAt(deps, where).has(digest))
    throw new AwsError(
      "LayersNotFoundException",
      `The layer with digest '${digest}' does not exist in the repository with name '${where.repository}' in registry with id '${call.account}'`,
    );
  return { downloadUrl: deps.endpoint() + downloadPath(deps, digest), layerDigest: digest };
}

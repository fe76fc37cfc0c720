import type {
  CreateKeyPairRequest,
  DeleteKeyPairRequest,
  DeleteKeyPairResult,
  DescribeKeyPairsRequest,
  DescribeKeyPairsResult,
  ImportKeyPairRequest,
  ImportKeyPairResult,
  KeyPair,
} from "@aws-sdk/client-ec2";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { makeKey, readPublicKey } from "../engine/ssh-key.ts";
import { invalidValue } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { applyFilters, newId, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { keyPairs, tags, type KeyPairRow } from "../state.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

function checkName({ store }: Pick<Ec2Deps, "store">, call: Call, name: string): void {
  if (name.length === 0 || name.length > 255 || !/^[\x20-\x7E]+$/.test(name)) {
    throw invalidValue("Invalid value for KeyName: up to 255 ASCII characters are allowed.");
  }
  if (keyPairs(store, call).has(name)) throw new AwsError("InvalidKeyPair.Duplicate", `The keypair already exists`);
}

/** The private key is in the answer and nowhere else; `AWS::EC2::KeyPair` puts it into SSM's /ec2/keypair/<KeyPairId>. */
export async function CreateKeyPair(deps: Deps, input: CreateKeyPairRequest, call: Call): Promise<KeyPair> {
  const { store, ids, clock } = deps;
  const name = input.KeyName!;
  checkName(deps, call, name);
  if (input.KeyFormat === "ppk") throw new NotSupported("ec2", "CreateKeyPair", "KeyFormat ppk");
  const type = input.KeyType ?? "rsa";
  if (type !== "rsa" && type !== "ed25519") throw invalidValue(`Invalid value '${String(type)}' for KeyType.`);
  const made = await makeKey(type);
  // Making a key takes a while: somebody may have been faster.
  checkName(deps, call, name);
  const id = newId(ids, "key");
  tagNew(store, call, id, "key-pair", input.TagSpecifications);
  keyPairs(store, call).set(name, { id, name, type, fingerprint: made.fingerprint, publicKey: made.publicKey, created: clock.now() });
  return { KeyName: name, KeyPairId: id, KeyFingerprint: made.fingerprint, KeyMaterial: made.privateKey, Tags: tagList(store, call, id) };
}

export function ImportKeyPair(deps: Deps, input: ImportKeyPairRequest, call: Call): ImportKeyPairResult {
  const { store, ids, clock } = deps;
  const name = input.KeyName!;
  checkName(deps, call, name);
  const read = readPublicKey(Buffer.from(input.PublicKeyMaterial!).toString("utf8"));
  if (!read) throw new AwsError("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  const id = newId(ids, "key");
  tagNew(store, call, id, "key-pair", input.TagSpecifications);
  keyPairs(store, call).set(name, { id, name, ...read, created: clock.now() });
  return { KeyName: name, KeyPairId: id, KeyFingerprint: read.fingerprint, Tags: tagList(store, call, id) };
}

/** Deleting a key pair that is not there is no error (EC2 API Reference, DeleteKeyPair). */
export function DeleteKeyPair({ store }: Deps, input: DeleteKeyPairRequest, call: Call): DeleteKeyPairResult {
  const table = keyPairs(store, call);
  const pair = input.KeyPairId ? table.find(({ id }) => id === input.KeyPairId) : table.get(input.KeyName ?? "");
  if (!pair) return { Return: true };
  table.delete(pair.name);
  tags(store, call).delete(pair.id);
  return { Return: true, KeyPairId: pair.id };
}

const FILTERS: FilterFields<KeyPairRow> = {
  "key-pair-id": (pair) => pair.id,
  "key-name": (pair) => pair.name,
  fingerprint: (pair) => pair.fingerprint,
};

export function DescribeKeyPairs({ store }: Deps, input: DescribeKeyPairsRequest, call: Call): DescribeKeyPairsResult {
  const table = keyPairs(store, call);
  const absent = (name: string): AwsError => new AwsError("InvalidKeyPair.NotFound", `The key pair '${name}' does not exist`);
  const byName = (input.KeyNames ?? []).map((name) => {
    const pair = table.get(name);
    if (!pair) throw absent(name);
    return pair;
  });
  const byId = (input.KeyPairIds ?? []).map((wanted) => {
    const pair = table.find(({ id }) => id === wanted);
    if (!pair) throw absent(wanted);
    return pair;
  });
  const rows = byName.length + byId.length > 0 ? [...byName, ...byId] : table.values();
  const found = applyFilters(rows, input.Filters, FILTERS, (pair) => tagsOf(store, call, pair.id));
  const { items } = page(found, {});
  return {
    KeyPairs: items.map((pair) => ({
      KeyPairId: pair.id,
      KeyName: pair.name,
      KeyType: pair.type,
      KeyFingerprint: pair.fingerprint,
      CreateTime: new Date(pair.created),
      ...(input.IncludePublicKey ? { PublicKey: pair.publicKey } : {}),
      Tags: tagList(store, call, pair.id),
    })),
  };
}
